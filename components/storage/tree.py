"""The folders of an object store, which lists only keys."""

from collections.abc import Iterator


class Tree:
    """A folder: the names of its files, and its folders by name."""

    def __init__(self) -> None:
        self.folders: dict[str, Tree] = {}
        self.files: list[str] = []

    def add(self, path: str) -> None:
        """Adds a file by its path below this folder; a path that ends with a slash is a folder."""
        *folders, name = path.split("/")
        tree = self
        for folder in folders:
            tree = tree.folders.setdefault(folder, Tree())
        if name:
            tree.files.append(name)

    def walk(
        self, path: str, *, topdown: bool = True
    ) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yields each folder's path and the names of its folders and files, sorted.

        Args:
          path: the path of this folder.
          topdown: whether a folder comes before its folders; those removed from the list are then
            not entered.
        """
        folders, files = sorted(self.folders), sorted(self.files)
        if topdown:
            yield path, folders, files
        for folder in folders:
            below = f"{path.rstrip('/')}/{folder}"
            yield from self.folders[folder].walk(below, topdown=topdown)
        if not topdown:
            yield path, folders, files
