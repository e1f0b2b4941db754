namespace Mover.Volumes;

/// <summary>
/// A folder for run files that goes when its owner is done; names of a source's files are nobody else's business. What a killed process
/// left is removed by the next that makes one beside it: as long as the owner lives it holds a lock in the folder, which the kernel drops
/// with the process, however it ends.
/// </summary>
public sealed class SpillFolder : IDisposable
{
    private const string Prefix = "mover-scan-";
    private const string LockName = "lock";
    private const int AttemptsMax = 3;
    private readonly FileStream _lock;

    private SpillFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Where it is; it holds a file of its own, named <c>lock</c>.</summary>
    public string Path { get; }

    /// <summary>Makes a folder, and removes those beside it whose owners are dead.</summary>
    /// <param name="above">The folder to make it in; null for the host's folder for temporary files.</param>
    public static SpillFolder Create(string? above)
    {
        var root = above ?? System.IO.Path.GetTempPath();
        RemoveLeftOvers(root);
        for (var attempt = 1; ; attempt++)
        {
            var path = above is null
                ? Directory.CreateTempSubdirectory(Prefix).FullName
                : Directory.CreateDirectory(System.IO.Path.Combine(above, $"{Prefix}{Guid.NewGuid():N}")).FullName;
            try
            {
                var held = Lock(path, FileMode.CreateNew);
                if (File.Exists(held.Name))
                {
                    return new(path, held);
                }

                // Another process took it for a left-over, and was done with it, before it was locked.
                held.Dispose();
            }
            catch (IOException) when (attempt < AttemptsMax)
            {
                // Another process is just about to take it for a left-over.
            }
        }
    }

    /// <summary>Removes the folder. The lock goes last: who finds a folder that nobody holds removes it too.</summary>
    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }

    // FileShare.None is an advisory lock (flock). A folder without the file is one that is just being made, or another program's.
    private static FileStream Lock(string folder, FileMode mode) =>
        new(System.IO.Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None);

    private static void RemoveLeftOvers(string root)
    {
        if (!Directory.Exists(root))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(root, Prefix + "*"))
        {
            try
            {
                using (Lock(folder, FileMode.Open))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                // Its owner lives, or it is somebody else's.
            }
        }
    }
}
