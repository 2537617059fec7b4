"""Settings: ``dmp.yaml`` and the files beside it, read strictly."""
