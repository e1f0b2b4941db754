namespace Mover.Server.Tls;

/// <summary>
/// Files of the data folder that nobody but the server's own user may read: keys and secrets. Written to a temporary file with mode
/// 0600, made durable and then renamed, so that a crash leaves the whole file or none.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode OthersPass =
        UnixFileMode.GroupExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Far above any key or certificate; a larger file is not one of ours.</summary>
    private const long ContentBytesMax = 256 * 1024;

    /// <summary>Reads the file, or answers null when it does not exist. Any other failure is a <see cref="DataFolderException"/>.</summary>
    public static byte[]? Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            return file.Length <= ContentBytesMax
                ? File.ReadAllBytes(path)
                : throw new DataFolderException(path, $"it has {file.Length} bytes, more than any file that belongs there");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(path, "it cannot be read by this user", fault);
        }
    }

    /// <summary>Writes the file if it is absent. Returns false, and writes nothing, when another process was first.</summary>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        var written = WriteBeside(path, content, OwnerOnly);
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

    /// <summary>Replaces the file. With <paramref name="readableByAll"/> it has mode 0644: certificates are for others to read.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool readableByAll = false)
    {
        var mode = readableByAll ? OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead : OwnerOnly;
        File.Move(WriteBeside(path, content, mode), path, overwrite: true);
    }

    private static string WriteBeside(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("File modes protect the server's keys; this system has none.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var beside = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            // Other users pass through to the certificate, which is public; keys are closed by their own mode.
            Directory.CreateDirectory(folder, OwnerFolder | OthersPass);
            using var stream = new FileStream(beside, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
            });
            stream.Write(content);
            stream.Flush(flushToDisk: true);
            return beside;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(path, "it cannot be written by this user", fault);
        }
    }
}

/// <summary>A file of the server's data folder is missing, broken or out of reach; the message names it and says what to do.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">What is wrong with it, as the rest of a sentence.</param>
/// <param name="inner">The cause, when another exception is one.</param>
public sealed class DataFolderException(string path, string problem, Exception? inner = null)
    : Exception($"'{path}' cannot be used: {problem}.", inner)
{
    /// <summary>The file at fault.</summary>
    public string FilePath { get; } = path;
}
