#!/usr/bin/env python3
"""Writes the table that Mover.Transfer folds names with: one line a character, code points in hexadecimal.

  F 41 61        full case folding
  D C0 41 300    full canonical decomposition (Hangul syllables are computed, not listed)
  M 300 E6       canonical combining class
"""
import sys
import unicodedata

for code in range(0x80, 0x110000):
    if 0xD800 <= code <= 0xDFFF:
        continue
    char = chr(code)
    if char.casefold() != char:
        print("F", f"{code:X}", *(f"{ord(c):X}" for c in char.casefold()))
    decomposed = unicodedata.normalize("NFD", char)
    if decomposed != char and not 0xAC00 <= code <= 0xD7A3:
        print("D", f"{code:X}", *(f"{ord(c):X}" for c in decomposed))
    if unicodedata.combining(char):
        print("M", f"{code:X}", f"{unicodedata.combining(char):X}")
