# Tables as R 4.2 writes them with its defaults: Rscript make.R
print(R.version.string)
frame <- data.frame(hour = 0.5 * (0:9), level = 20 + (7 * (0:9)) %% 5 + 0.125)
write.csv(frame, "r-write-csv.csv")
write.csv(frame, "r-write-csv-no-row-names.csv", row.names = FALSE)
write.csv2(frame, "r-write-csv2.csv")
write.table(frame, "r-write-table.txt")
write.table(frame, "r-write-table-tab.txt", sep = "\t", quote = FALSE, row.names = FALSE)
gaps <- frame
gaps$level[c(3, 6)] <- NA
write.csv(gaps, "r-missing.csv")
dates <- data.frame(day = as.Date("2021-03-01") + 0:9, level = frame$level)
write.csv(dates, "r-dates.csv")
write.csv(cars[1:12, ], "r-cars.csv")
write.csv(mtcars[1:12, c("mpg", "wt")], "r-row-names-of-words.csv")
