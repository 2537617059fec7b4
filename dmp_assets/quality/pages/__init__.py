"""The page of the report about the data themselves, and its verdict, which the asset says too."""
