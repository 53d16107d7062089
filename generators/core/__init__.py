# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What every generator needs: a random source, the text of cases, instructions and their model."""
