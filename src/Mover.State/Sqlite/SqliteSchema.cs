using System.Security.Cryptography;

namespace Mover.State.Sqlite;

/// <summary>The tables and how older files become newer ones.</summary>
internal static class SqliteSchema
{
    // Each step takes the file from the version that is its index to the next; steps are never changed once released.
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES ('revision', 0), ('history_floor', 0);
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, mod_revision INTEGER NOT NULL, lease INTEGER NOT NULL);
        CREATE INDEX entries_lease ON entries (lease, key) WHERE lease <> 0;
        CREATE TABLE changes (sequence INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB, lease INTEGER NOT NULL);
        CREATE TABLE marks (revision INTEGER PRIMARY KEY, at INTEGER NOT NULL);
        CREATE TABLE leases (id INTEGER PRIMARY KEY AUTOINCREMENT, ttl INTEGER NOT NULL);
        """,
    ];

    /// <summary>The version that this program writes.</summary>
    public static int Version => Steps.Length;

    /// <summary>Brings the file to <see cref="Version"/> in one transaction; refuses a file of a newer or another program.</summary>
    public static void Migrate(SqliteDatabase database, bool mustExist)
    {
        if (database.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'") == 0)
        {
            if (database.Number("SELECT count(*) FROM sqlite_schema") > 0)
            {
                throw SqliteFaults.Unavailable(
                    $"'{database.Path}' is a database of another program. Move it away and restore the state file from a backup.");
            }

            if (mustExist)
            {
                throw SqliteFaults.Lost(database.Path, "holds nothing");
            }
        }

        database.Execute("BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        var found = database.Number("SELECT max(version) FROM schema_version");
        if (found > Version)
        {
            database.Execute("ROLLBACK");
            throw SqliteFaults.Unavailable(
                $"The state file '{database.Path}' has schema version {found}; this program supports up to {Version}. " +
                "Use the newer program that wrote it, or restore a backup.");
        }

        for (var step = (int)found; step < Version; step++)
        {
            database.Execute(Steps[step]);
            database.Execute($"INSERT INTO schema_version VALUES ({step + 1})");
        }

        if (found == 0)
        {
            // Claims name their lease. One that came here with a copy of another file must not name a lease of this one.
            database.Execute($"INSERT INTO sqlite_sequence VALUES ('leases', {FirstLease()})");
        }

        database.Execute("COMMIT");
    }

    /// <summary>Refuses, without writing, a file that is no state file or is a newer program's.</summary>
    public static void CheckReadable(SqliteDatabase database)
    {
        if (database.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'") == 0)
        {
            throw SqliteFaults.Unavailable($"'{database.Path}' is not a Mover state file.");
        }

        if (database.Number("SELECT max(version) FROM schema_version") is var found && found != Version)
        {
            throw SqliteFaults.Unavailable(
                $"The state file '{database.Path}' has schema version {found}; this program reads {Version}. Use the program that " +
                "wrote it, or start a server of this version on it first.");
        }
    }

    private static long FirstLease() => (long)RandomNumberGenerator.GetInt32(1, int.MaxValue) << 24;
}
