using System.Formats.Tar;
using Mover.Server.Tls;
using Mover.State;

namespace Mover.Server.Documents;

/// <summary>What a restore did.</summary>
/// <param name="Files">How many files it wrote.</param>
/// <param name="MadeAt">When the backup was made.</param>
/// <param name="UsedAt">When a server last used the folder, as far as its files tell; null when none has.</param>
public sealed record RestoredState(int Files, DateTimeOffset MadeAt, DateTimeOffset? UsedAt);

/// <summary>
/// Backup and restore of a data folder as one tar file: the state, and the identity, certificates and vault keys without which it cannot be
/// used. It holds secrets and has mode 0600. A running server is backed up as it is at one moment.
/// </summary>
public static class StateArchive
{
    private const string StateName = StateEngine.FileName;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string PublicName = "tls/ca.pem";

    private static readonly string[] Folders = ["access", "tls", "vault"];

    /// <summary>Writes the archive, which must not exist. Answers how many files it holds.</summary>
    public static int Backup(string dataFolder, string archive)
    {
        var state = Path.Combine(dataFolder, StateName);
        if (!File.Exists(state))
        {
            throw new DataFolderException(state, "it does not exist; name the data folder of a server with --data");
        }

        if (File.Exists(archive))
        {
            throw new DataFolderException(archive, "it exists already, and a backup never replaces one; give another name");
        }

        var copy = $"{archive}.{Guid.NewGuid():N}.part";
        var whole = copy + ".tar";
        try
        {
            StateFile.Copy(state, copy);

            // Keys come after the state: those that it needs were there before.
            var files = Write(dataFolder, copy, whole);
            File.Move(whole, archive, overwrite: false);
            return files;
        }
        finally
        {
            File.Delete(copy);
            File.Delete(whole);
        }
    }

    /// <summary>
    /// Puts an archive's files into a data folder that no server uses. Refuses before it writes anything when the folder has a state, or
    /// another file of that name with other content.
    /// </summary>
    public static RestoredState Restore(string archive, string dataFolder)
    {
        Files.PrivateFolder.MakeUnshared(dataFolder);
        var usedAt = UsedAt(dataFolder);
        using var held = StateFile.Hold(Path.Combine(dataFolder, StateName));
        var (files, madeAt) = Read(archive);
        var missing = files.Where(file => !IsThere(Path.Combine(dataFolder, file.Key), file.Value)).ToList();
        PutStaleLogAside(dataFolder);
        foreach (var (name, content) in missing)
        {
            PrivateFile.Replace(Path.Combine(dataFolder, name), content, readableByAll: name == PublicName);
        }

        StateFile.Check(Path.Combine(dataFolder, StateName));
        held.SetLength(0);
        return new(missing.Count, madeAt, usedAt);
    }

    private static int Write(string dataFolder, string state, string archive)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(archive, options);
        var count = 1;
        using (var tar = new TarWriter(file, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(state, StateName);
            foreach (var folder in Folders.Where(name => Directory.Exists(Path.Combine(dataFolder, name))))
            {
                foreach (var path in Directory.EnumerateFiles(Path.Combine(dataFolder, folder)).Order(StringComparer.Ordinal))
                {
                    tar.WriteEntry(path, $"{folder}/{Path.GetFileName(path)}");
                    count++;
                }
            }
        }

        file.Flush(flushToDisk: true);
        return count;
    }

    // A server writes its lock when it begins and ends, and its log with each commit.
    private static DateTimeOffset? UsedAt(string dataFolder)
    {
        var traces = new[] { ".lock", "-wal", "-shm" }.Select(end => new FileInfo(Path.Combine(dataFolder, StateName + end)))
            .Where(file => file.Exists).Select(file => new DateTimeOffset(file.LastWriteTimeUtc)).ToList();
        return traces.Count > 0 ? traces.Max() : null;
    }

    private static (Dictionary<string, byte[]> Files, DateTimeOffset MadeAt) Read(string archive)
    {
        var madeAt = DateTimeOffset.MinValue;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        try
        {
            using var file = File.OpenRead(archive);
            using var tar = new TarReader(file);
            while (tar.GetNextEntry(copyData: false) is { } entry)
            {
                if (!IsName(entry.Name) || entry.EntryType is not TarEntryType.RegularFile)
                {
                    throw new DataFolderException(archive, $"it holds '{entry.Name}', which no backup of Mover has");
                }

                using var content = new MemoryStream();
                entry.DataStream?.CopyTo(content);
                files[entry.Name] = content.ToArray();
                madeAt = entry.Name == StateName ? entry.ModificationTime : madeAt;
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DataFolderException(archive, $"it cannot be read as a backup: {fault.Message.TrimEnd('.')}", fault);
        }

        return files.ContainsKey(StateName)
            ? (files, madeAt)
            : throw new DataFolderException(archive, "it is not a backup of Mover: it holds no state");
    }

    private static bool IsName(string name) =>
        name == StateName || (name.Split('/') is [var folder, var file] && Folders.Contains(folder) && file is not ("" or "." or ".."));

    private static bool IsThere(string path, byte[] content)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return false;
        }

        return File.ReadAllBytes(path).AsSpan().SequenceEqual(content)
            ? true
            : throw new DataFolderException(path, "it is there and differs from the backup; move it away first");
    }

    // A write-ahead log of the lost state would be applied to the restored one.
    private static void PutStaleLogAside(string dataFolder)
    {
        foreach (var name in new[] { StateName + "-wal", StateName + "-shm" })
        {
            var path = Path.Combine(dataFolder, name);
            if (File.Exists(path))
            {
                File.Move(path, $"{path}.{Guid.NewGuid():N}.old");
            }
        }
    }
}
