"""The fold: all reports of some numbers become the orders, items and reversals that they tell of."""
