using Mover.State.Sqlite;

namespace Mover.State;

/// <summary>The file of the embedded engine, for backup and restore.</summary>
public static class StateFile
{
    /// <inheritdoc cref="SqliteBackup.Copy"/>
    public static void Copy(string source, string target) => SqliteBackup.Copy(source, target);

    /// <inheritdoc cref="SqliteBackup.Hold"/>
    public static FileStream Hold(string path) => SqliteBackup.Hold(path);

    /// <inheritdoc cref="SqliteBackup.Check(string)"/>
    public static void Check(string path) => SqliteBackup.Check(path);
}
