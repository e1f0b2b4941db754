using Mover.Files;

namespace Mover.Volumes;

/// <summary>
/// A folder for run files that goes when its owner is done; only this user may see the names of a source's files. What a killed process
/// left is removed by the next one that makes a folder beside it: as long as the owner lives it holds a lock in the folder, which the
/// kernel drops with the process, however it ends.
/// </summary>
public sealed class SpillFolder : IDisposable
{
    private const string Prefix = "mover-scan-";
    private const string LockName = "lock";
    private readonly FileStream _lock;

    private SpillFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Where it is; it holds a file of its own, named <c>lock</c>.</summary>
    public string Path { get; }

    /// <summary>
    /// Makes a folder, and removes those beside it whose owners are dead. Throws <see cref="PrivateFolderException"/> when others can reach
    /// into the folder that it is made in.
    /// </summary>
    /// <param name="above">
    /// A folder of this user's own to make it in, made when missing; null for a new one in the host's folder for temporary files, where
    /// nothing is ever removed but that one, because others write there too.
    /// </param>
    public static SpillFolder Create(string? above)
    {
        if (above is null)
        {
            var own = Directory.CreateTempSubdirectory(Prefix).FullName;
            return new(own, LockNew(own));
        }

        var root = PrivateFolder.Ensure(above);
        RemoveLeftOvers(root);
        var path = PrivateFolder.Ensure(System.IO.Path.Combine(root, $"{Prefix}{Guid.NewGuid():N}"));
        return new(path, LockNew(path));
    }

    /// <summary>Removes the folder, and with it the lock: who finds a folder without one lets it be.</summary>
    public void Dispose()
    {
        PrivateFolder.Remove(Path);
        _lock.Dispose();
    }

    // The file is locked before it has its name, so that nobody ever finds it unlocked while its owner lives.
    private static FileStream LockNew(string folder)
    {
        var unnamed = System.IO.Path.Combine(folder, $"{LockName}.new");
        var held = Lock(unnamed, FileMode.CreateNew);
        File.Move(unnamed, System.IO.Path.Combine(folder, LockName));
        return held;
    }

    // FileShare.None is an advisory lock (flock). A folder without the file is one that is just being made, or another program's.
    private static FileStream Lock(string file, FileMode mode) =>
        PrivateFile.Open(file, mode, FileAccess.ReadWrite, FileShare.None);

    private static void RemoveLeftOvers(string root)
    {
        foreach (var folder in Directory.EnumerateDirectories(root, Prefix + "*"))
        {
            try
            {
                using (Lock(System.IO.Path.Combine(folder, LockName), FileMode.Open))
                {
                    PrivateFolder.Remove(folder);
                }
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                // Its owner lives, or another user made it.
            }
        }
    }
}
