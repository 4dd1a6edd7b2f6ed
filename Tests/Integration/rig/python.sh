# Sourced by run and load: sets $python to an interpreter that has numpy.
venv=$here/../../.venv
if ! "$venv/bin/python" -c 'import numpy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet numpy
fi
python=$venv/bin/python
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1
