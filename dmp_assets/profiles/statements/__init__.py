"""Statements about people: demographics, psychographics, consent."""
