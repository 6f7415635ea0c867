"""Executing a chapter: in which environment, and what is left out of the result.

Every chapter is executed anew when this file changes.
"""

import os
import tempfile
from pathlib import Path

from book import notebooks, plain
from book.notebooks import ChapterError, short

# One thread per kernel, so that sums do not depend on the number of cores.
KERNEL_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# Where people's programs read what these people prefer: here they find nothing, and need no home to write to.
SETTINGS = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "MPLCONFIGDIR": "matplotlib",
}
PREFERENCES = (
    "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTER_PREFER_ENV_PATH", "MATPLOTLIBRC", "MPLBACKEND", "NPY_PROMOTION_STATE",
)


def keep_settings_out():
    """Let kernels, and all else that this process starts, see nobody's settings."""
    # Whatever Python reads too, by name or not: what it prints of its imports would be published.
    for name in [name for name in os.environ if name.startswith("PYTHON") and name != "PYTHONPATH"]:
        del os.environ[name]
    for name in PREFERENCES:
        os.environ.pop(name, None)
    settings = notebooks.ROOT / "_build" / "settings"
    try:
        (settings / "matplotlib").mkdir(parents=True, exist_ok=True)
    except OSError:  # Whoever writes says so; who only reads needs a place all the same.
        settings = Path(tempfile.gettempdir(), "gapsim-settings")
    os.environ.update({name: str(settings / folder) for name, folder in SETTINGS.items()})
    os.environ.update(KERNEL_ENVIRONMENT)


def execute(path, parameters=None, url=None):
    """Execute a chapter's plain notebook with papermill and return it with its outputs.

    Parameters
    ----------
    path : pathlib.Path
        The chapter's text.
    parameters : dict, optional
        What takes the place of the values in the cell tagged `parameters`.
    url : str, optional
        Address of the book, which a run with other parameters links to.

    Raises
    ------
    ChapterError
        If a cell raises, or its kernel dies; names the file, the cell and the error.
    """
    import logging
    import warnings

    import papermill
    from nbclient.exceptions import DeadKernelError

    keep_settings_out()
    # It warns of assignments that it cannot parse, and takes those for unknown parameters.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = papermill.execute_notebook(
                plain.notebook(path, url=url), None, parameters, kernel_name="python3",
                progress_bar=False, log_output=False, shutdown_kernel="immediate",
                # Its own `cwd` would move this whole process, and with it the other threads.
                resources={"metadata": {"path": str(path.parent)}},
                # Ending a kernel interrupts it first, and an idle one would log that as an error.
                extra_arguments=["--log-level=CRITICAL"],
            )
    except papermill.PapermillExecutionError as error:
        raise notebooks.in_cell(path, error.exec_count, error.source, error.ename, error.evalue) from None
    except DeadKernelError:
        raise ChapterError(f"{short(path)}: its kernel died while it was executed, perhaps for lack of memory") from None
    return clean(book)


def clean(book):
    """Leave out of an executed notebook what differs from run to run."""
    import nbformat

    book.metadata = nbformat.from_dict(notebooks.METADATA)
    for cell in book.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "other-parameters"
        if cell.cell_type == "code":
            cell.outputs = _joined_streams(cell.outputs)
    return book


def _joined_streams(outputs):
    # Where a stream is cut into pieces depends on timing.
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined
