using Microsoft.Win32.SafeHandles;

namespace Mover.Files;

/// <summary>
/// Files that only this user may read: mode 0600 whatever the umask. A file that is opened for writing and is open to others, as an older
/// program may have left it, is closed to them. Safe for concurrent use.
/// </summary>
public static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens or makes a file. Throws as <see cref="FileStream"/> does.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="mode">Whether it is made, opened or both.</param>
    /// <param name="access">Reading, writing or both.</param>
    /// <param name="share">What others may do meanwhile; an advisory lock on Linux.</param>
    /// <param name="bufferBytes">Bytes that the stream buffers; 0 or 1 for none.</param>
    /// <param name="options">Further options.</param>
    public static FileStream Open(
        string path, FileMode mode, FileAccess access, FileShare share, int bufferBytes = 0, FileOptions options = FileOptions.None)
    {
        var wanted = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = bufferBytes, Options = options };
        if (OperatingSystem.IsWindows())
        {
            return new(path, wanted);
        }

        var makes = mode is not FileMode.Open && access is not FileAccess.Read;
        wanted.UnixCreateMode = makes ? OwnerOnly : null;
        var file = new FileStream(path, wanted);
        if (makes && (File.GetUnixFileMode(file.SafeFileHandle) & ~(OwnerOnly | UnixFileMode.UserExecute)) != UnixFileMode.None)
        {
            File.SetUnixFileMode(file.SafeFileHandle, OwnerOnly);
        }

        return file;
    }

    /// <summary>As <see cref="Open"/>, for reads and writes at offsets; the folder is private already.</summary>
    public static SafeFileHandle OpenHandle(
        string path, FileMode mode, FileAccess access, FileShare share, FileOptions options = FileOptions.None)
    {
        var file = File.OpenHandle(path, mode, access, share, options);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, OwnerOnly);
        }

        return file;
    }

    /// <summary>Writes the file if it is absent. Returns false, and writes nothing, when another process was first.</summary>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        var written = WriteBeside(path, content);
        try
        {
            File.Move(written, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        finally
        {
            File.Delete(written);
        }
    }

    /// <summary>Writes the file whole or not at all, on disk before it counts: a file beside it, a flush, a rename.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="content">All of its content.</param>
    /// <param name="readableByAll">Mode 0644: certificates are for others to read.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool readableByAll = false)
    {
        var written = WriteBeside(path, content);
        if (readableByAll && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(written, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        File.Move(written, path, overwrite: true);
    }

    private static string WriteBeside(string path, ReadOnlySpan<byte> content)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var beside = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        using var stream = Open(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
        return beside;
    }
}
