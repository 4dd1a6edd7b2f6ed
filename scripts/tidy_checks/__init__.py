"""The checks of scripts/tidy.

floors   the table of targets: what each may import
source   a file as the rules see it: text, code without comments and strings, functions
rules    one function for each rule
run      which files are read, and which rules each gets
"""
