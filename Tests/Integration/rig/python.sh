# Sourced by run and load: sets $python to an interpreter that has what requirements.txt names.
venv=$here/../../.venv
if ! "$venv/bin/python" -c 'import genesis, greenswitch, numpy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
python=$venv/bin/python
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1
