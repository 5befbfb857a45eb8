"""Truncated singular value decomposition of sparse rows, the same on every machine."""

from __future__ import annotations

import numpy as np


def svd(rows, width: int) -> np.ndarray:
    """(features, width) right singular vectors by random projection with power steps (Halko, Martinsson, Tropp
    2011); zero columns where the texts have fewer dimensions."""
    rank = min(width, *rows.shape)
    out = np.zeros((rows.shape[1], width), np.float32)
    if not rank or not rows.nnz:
        return out
    random = np.random.default_rng(0).standard_normal((rows.shape[1], min(rank + 16, *rows.shape)))
    basis = _orthonormal(rows @ random.astype(np.float32))
    back = rows.T.tocsr()
    for _ in range(2):
        basis = _orthonormal(rows @ _orthonormal(back @ basis))
    right = _right(back @ basis)
    right = right[:rank]
    # Signs are free: the largest entry is made positive, so that every build of LAPACK gives the same vectors.
    signs = np.sign(right[np.arange(rank), np.abs(right).argmax(axis=1)])
    out[:, :rank] = (right * signs[:, None]).T
    return out


def _orthonormal(columns: np.ndarray) -> np.ndarray:
    """The same space by columns of length one at right angles: by Cholesky of their products, which takes a tenth of
    the time of a decomposition, where the columns are many times longer than many and not too much alike."""
    if len(columns) > 4 * columns.shape[1]:
        try:
            factor = np.linalg.cholesky(_products(columns))
        except np.linalg.LinAlgError:
            factor = np.zeros((1, 1))
        if factor.diagonal().min() > 1e-5 * factor.diagonal().max():
            return columns @ np.linalg.inv(factor).T.astype(np.float32)
    return np.linalg.qr(columns)[0]


def _right(columns: np.ndarray) -> np.ndarray:
    """(r, n) left singular vectors of (n, r) columns as rows, the strongest first."""
    if len(columns) > 4 * columns.shape[1]:
        squares, turn = np.linalg.eigh(_products(columns))
        if squares[0] > 1e-9 * squares[-1]:
            return ((columns @ (turn / np.sqrt(squares)).astype(np.float32)).T)[::-1]
    return np.linalg.svd(columns.T, full_matrices=False)[2]


def _products(columns: np.ndarray) -> np.ndarray:
    """Columns times columns, summed in double precision."""
    out = np.zeros((columns.shape[1],) * 2)
    for start in range(0, len(columns), 8192):
        part = columns[start : start + 8192].astype(np.float64)
        out += part.T @ part
    return out
