"""A Jupyter server of its own: JupyterLab, Notebook 7 and Voila, in private folders."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.sign import NotebookNotary

from tests.browser import kernels, serving
from tests.services.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDERS = {
    "HOME": "home",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
}
_OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


@dataclass(frozen=True)
class Jupyter:
    """A server that runs; ``notebooks`` is the folder that it shows."""

    url: str
    token: str
    folder: Path

    @property
    def notebooks(self) -> Path:
        """The folder that it shows."""
        return self.folder / "notebooks"

    def address(self, place: str, path: str, **options: str) -> str:
        """Return the URL of a notebook: ``address("lab/tree", "a.ipynb")``."""
        query = urllib.parse.urlencode({"token": self.token} | options)
        return f"{self.url}/{place}/{urllib.parse.quote(path)}?{query}"

    def written(self, cells: tuple[str, ...], kernel: str) -> str:
        """Write a notebook into a folder of its own, and return its path."""
        path = f"{secrets.token_hex(4)}/notebook.ipynb"
        metadata = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
        code = [nbformat.v4.new_code_cell(cell) for cell in cells]
        (self.notebooks / path).parent.mkdir()
        nbformat.write(
            nbformat.v4.new_notebook(cells=code, metadata=metadata), self.notebooks / path
        )
        return path

    def trust(self, path: str, *, trusted: bool) -> None:
        """Sign what a notebook shows, as its author's, or take that back."""
        notary = NotebookNotary(data_dir=str(self.folder / "data"))
        notebook = nbformat.read(self.notebooks / path, as_version=4)
        (notary.sign if trusted else notary.unsign)(notebook)
        notary.store.close()

    def add_kernel(self, name: str, *, install: bool) -> None:
        """Let notebooks use a kernel of that name."""
        described = kernels.specification(name, install=install)
        folder = self.folder / "data" / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kernel.json").write_text(json.dumps(described))

    def start_kernel(self, path: str, kernel: str) -> None:
        """Start the kernel of a notebook, while its page is still being loaded."""
        asked = {"path": path, "name": path, "type": "notebook", "kernel": {"name": kernel}}
        self._ask("POST", "api/sessions", asked)

    def forget(self) -> None:
        """End all kernels, and forget what users have set."""
        wait_until(self._has_ended_all, "the kernels did not end")
        shutil.rmtree(self.folder / "config" / "lab", ignore_errors=True)

    def _has_ended_all(self) -> bool:
        """End all kernels; of one that a page ends meanwhile, the server gives errors."""
        try:
            for kind in ("sessions", "kernels"):
                for one in self._ask("GET", f"api/{kind}"):
                    self._ask("DELETE", f"api/{kind}/{one['id']}")
            return not self._ask("GET", "api/kernels")
        except urllib.error.HTTPError:
            return False

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - it is the server above
            f"{self.url}/{path}",
            method=method,
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with serving.DIRECT.open(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")


@contextmanager
def started(folder: Path) -> Iterator[Jupyter]:
    """Start a server whose files all lie in that folder."""
    for name in (*_FOLDERS.values(), "notebooks"):
        (folder / name).mkdir()
    (folder / "config" / "labconfig").mkdir()
    overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.write_text(json.dumps(_OVERRIDES))
    token = secrets.token_hex(8)

    def command(port: int) -> list[str]:
        root = [] if os.geteuid() else ["--allow-root"]
        return [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", *root),
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder / 'notebooks'}",
            f"--IdentityProvider.token={token}",
            "--LabApp.extension_manager=readonly",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]

    environment = {name: value for name, value in os.environ.items() if name[:7] != "DKDATA_"}
    environment |= {name: str(folder / private) for name, private in _FOLDERS.items()}
    with serving.started(command, f"/api/status?token={token}", folder, environment) as url:
        jupyter = Jupyter(url, token, folder)
        jupyter.add_kernel(kernels.CURRENT, install=False)
        yield jupyter
