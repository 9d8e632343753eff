import java.sql.DriverManager;

/** Runs an SQL statement and prints the first column of each row. */
class RunSql {
  public static void main(String[] args) throws Exception {
    try (var connection = DriverManager.getConnection(args[0], "test", "");
        var statement = connection.createStatement()) {
      if (statement.execute(args[1])) {
        for (var rows = statement.getResultSet(); rows.next(); ) {
          System.out.println(rows.getString(1));
        }
      }
    }
  }
}
