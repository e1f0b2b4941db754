using System.Formats.Tar;
using Mover.Server.DataFolders;
using Mover.State;

namespace Mover.Server.Documents;

/// <summary>
/// An archive of a data folder, which backups were before they had a form of their own: a tar file with the embedded engine's file, and the
/// identity, certificates and vault keys beside it, in the clear. It is read, never made.
/// </summary>
internal sealed class StateArchive : IDisposable
{
    private const string StateName = StateEngine.FileName;
    private const string PublicName = "tls/ca.pem";

    /// <summary>Far above any key or certificate.</summary>
    private const int FileBytesMax = 1024 * 1024;

    private static readonly string[] Folders = ["access", "tls", "vault"];

    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    private StateArchive(string statePath) => StatePath = statePath;

    /// <summary>The state file, taken out of the archive; it goes with this object.</summary>
    public string StatePath { get; }

    /// <summary>When the archive was made.</summary>
    public DateTimeOffset MadeAt { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>
    /// Reads the archive and takes the state file out, into the data folder it is for. Refuses before anything else is written when the
    /// archive holds what no backup has, or the folder has a file of that name with other content.
    /// </summary>
    public static StateArchive Open(string archive, string dataFolder)
    {
        Files.PrivateFolder.MakeUnshared(dataFolder);
        var opened = new StateArchive(Path.Combine(dataFolder, $".{StateName}.{Guid.NewGuid():N}"));
        try
        {
            opened.Read(archive);
            foreach (var (name, content) in opened._files)
            {
                IsThere(Path.Combine(dataFolder, name), content);
            }

            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Writes the files beside the state that are not there yet; answers how many.</summary>
    public int PutFiles(string dataFolder)
    {
        var missing = _files.Where(file => !IsThere(Path.Combine(dataFolder, file.Key), file.Value)).ToList();
        foreach (var (name, content) in missing)
        {
            PrivateFile.Replace(Path.Combine(dataFolder, name), content, readableByAll: name == PublicName);
        }

        return missing.Count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var end in new[] { string.Empty, "-wal", "-shm" })
        {
            File.Delete(StatePath + end);
        }
    }

    private void Read(string archive)
    {
        try
        {
            using var file = File.OpenRead(archive);
            using var tar = new TarReader(file);
            while (tar.GetNextEntry(copyData: false) is { } entry)
            {
                if (!IsName(entry.Name) || entry.EntryType is not TarEntryType.RegularFile
                    || (entry.Name != StateName && entry.Length > FileBytesMax))
                {
                    throw new DataFolderException(archive, $"it contains '{entry.Name}', which does not belong in a Mover backup");
                }

                if (entry.Name == StateName)
                {
                    using var state = Files.PrivateFile.Open(StatePath, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                    entry.DataStream?.CopyTo(state);
                    MadeAt = entry.ModificationTime;
                    continue;
                }

                using var content = new MemoryStream();
                entry.DataStream?.CopyTo(content);
                _files[entry.Name] = content.ToArray();
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DataFolderException(archive, $"it is not a readable backup: {fault.Message.TrimEnd('.')}", fault);
        }

        if (!File.Exists(StatePath))
        {
            throw new DataFolderException(archive, "it is not a Mover backup: it contains no state");
        }
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
            : throw new DataFolderException(path, "it already exists and differs from the backup; move it away first");
    }
}
