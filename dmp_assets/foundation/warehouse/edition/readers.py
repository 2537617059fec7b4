"""Who may read the analysts' file: its mode, and the group that it belongs to."""

import grp
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

FILE_MODE = 0o640
"""The owner writes and reads, the group reads."""


class UnknownGroupError(ValueError):
    """There is no such group, or this user may not give files to it; the message says which."""


@dataclass(frozen=True)
class Readers:
    """The mode and the group of the analysts' file."""

    mode: int = FILE_MODE
    group: str | None = None
    """None leaves the file to the group that the system gives it."""

    def group_id(self) -> int | None:
        """Return the number of the group; None where none is named.

        Raises:
            UnknownGroupError: There is none of that name, or the user of this process is not in it.
        """
        if self.group is None:
            return None
        try:
            number = grp.getgrnam(self.group).gr_gid
        except KeyError:
            raise UnknownGroupError(f"there is no group {self.group!r} on this machine") from None
        if os.geteuid() != 0 and number not in {os.getegid(), *os.getgroups()}:
            raise UnknownGroupError(f"user {_user(os.geteuid())} is not in the group {self.group!r}")
        return number

    def admit_to(self, file: Path) -> bool:
        """Give the file its group, then its mode, and return whether it had others.

        Never the mode first, which would admit the wrong group.
        """
        number = self.group_id()
        seen = file.stat()
        has_other_group = number is not None and seen.st_gid != number
        if number is not None and has_other_group:
            os.chown(file, -1, number)
        if has_other_mode := stat.S_IMODE(seen.st_mode) != self.mode:
            file.chmod(self.mode)
        return has_other_group or has_other_mode

    def admit_into(self, folder: Path) -> None:
        """Give a folder, and all that is in it, the group and the mode; who may read the files may enter."""
        for place in (folder, *folder.rglob("*")):
            self.admit_to(place)
            if place.is_dir():
                place.chmod(self.mode | (self.mode & 0o444) >> 2)

    def in_words(self, file: Path) -> str:
        """Return who can read the file.

        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile() as file:
        ...     Path(file.name).chmod(0o644)
        ...     Readers(0o644).in_words(Path(file.name)).split(", ")[1]
        'everybody on this machine (0644)'
        """
        seen = file.stat()
        who = [_user(seen.st_uid)]
        if self.mode & stat.S_IROTH:
            who.append("everybody on this machine")
        elif self.mode & stat.S_IRGRP:
            who.append(f"the group {_group(seen.st_gid)}")
        return f"{', '.join(who)} ({self.mode:04o})"


OWNER_AND_GROUP = Readers()


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
