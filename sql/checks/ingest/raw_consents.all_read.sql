-- No record of a consent was rejected: what cannot be read may be a withdrawal, and the grant before it would stand.
-- path: Landing file.
-- rejected: Rejected records of the file.
SELECT path, rejected FROM ingest.landing_files WHERE kind = 'consents' AND rejected > 0
