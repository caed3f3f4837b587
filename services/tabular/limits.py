"""How much a file may hold: enough for a province, too little to hurt the server."""

MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_FILE_BYTES = 10 * 1024 * 1024
#: A heading may stand below a title and an "as of" line, as in our own exports.
MAX_ROWS_ABOVE_HEADER = 5
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_ENTRIES = 200
#: Sheets are packed 10 to 50 times; deflate reaches 1,032 times on nothing but repetition.
MAX_RATIO = 200
#: Small parts may be packed tightly without harm.
RATIO_FREE_BYTES = 1024 * 1024
#: Text that the cells of a workbook may hold together, shared strings counted each time a cell shows them.
MAX_TEXT = 64 * 1024 * 1024
#: One cell, as in Excel.
MAX_CELL_TEXT = 32_767
