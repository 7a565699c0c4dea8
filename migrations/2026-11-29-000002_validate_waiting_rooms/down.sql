-- Nothing to take back: the constraint goes with its column.
SELECT 1;
