namespace Mover.Recovery.Snapshots;

/// <summary>The folder in a repository that a person names: below its top, whatever it says.</summary>
internal static class RepositoryPath
{
    private const int CharsMax = 1_000;

    /// <summary>The path with <c>/</c> between its names; throws when it could lead elsewhere or into git's own files.</summary>
    public static string Checked(string path)
    {
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return !path.StartsWith('/') && path.Length <= CharsMax && Array.TrueForAll(names, IsName)
            ? string.Join('/', names)
            : throw new RecoveryException(
                "PathNotUsable", $"'{SnapshotMessage.Escaped(path, 200)}' is not a folder in a repository.",
                "Use a folder below the repository's root, such as west/filers.");
    }

    /// <summary>Refuses links on the way: what they lead to is not in the repository.</summary>
    public static void RefuseLinks(string root, string path)
    {
        var at = root;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, name);
            if (new DirectoryInfo(at).LinkTarget is not null || new FileInfo(at).LinkTarget is not null)
            {
                throw new RecoveryException(
                    "PathNotUsable", $"'{SnapshotMessage.Escaped(at, 400)}' is a symbolic link.", "Use a real folder of the repository.");
            }
        }
    }

    private static bool IsName(string name) =>
        name is not ("." or "..") && !name.Equals(".git", StringComparison.OrdinalIgnoreCase)
        && !name.Contains('\\', StringComparison.Ordinal) && !name.Any(char.IsControl);
}
