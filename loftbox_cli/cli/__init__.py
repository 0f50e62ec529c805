"""What a person types. Each noun is one module; `tree.py` lists them."""
