namespace Mover.Server.DataFolders;

/// <summary>
/// Files of the data folder that nobody but the server's own user may read: keys and secrets. A crash leaves the whole file or none;
/// faults name the data folder's file.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersPass =
        UnixFileMode.GroupExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Far above any key or certificate; a larger file is not one of ours.</summary>
    private const long ContentBytesMax = 256 * 1024;

    /// <summary>
    /// Reads the file, or answers null when it does not exist. Any other failure is a <see cref="DataFolderException"/>, and so is a file
    /// that other users can reach, unless it is <paramref name="readableByAll"/>.
    /// </summary>
    public static byte[]? Read(string path, bool readableByAll = false)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            if (!readableByAll && !OperatingSystem.IsWindows() && Core.Access.SecretFiles.Refuse(path, file.UnixFileMode) is { } problem)
            {
                throw new DataFolderException(path, problem);
            }

            return file.Length <= ContentBytesMax
                ? File.ReadAllBytes(path)
                : throw new DataFolderException(path, $"it has {file.Length} bytes, which is too large for this file");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(path, "the current user cannot read it", fault);
        }
    }

    /// <summary>Writes the file if it is absent. Returns false, and writes nothing, when another process was first.</summary>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            MakeFolder(path);
            return Files.PrivateFile.TryCreate(path, content);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, fault);
        }
    }

    /// <summary>Replaces the file. With <paramref name="readableByAll"/> it has mode 0644: certificates are for others to read.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool readableByAll = false)
    {
        try
        {
            MakeFolder(path, readableByAll);
            Files.PrivateFile.Replace(path, content, readableByAll);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, fault);
        }
    }

    /// <summary>
    /// Makes the folder for this user alone. The folder of a file that all may read is open to them; who wants others
    /// to reach it opens the data folder above it.
    /// </summary>
    private static void MakeFolder(string path, bool othersPass = false)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The server's keys need file modes, which this system does not support.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        Files.PrivateFolder.Make(folder);
        if (othersPass)
        {
            File.SetUnixFileMode(folder, OwnerFolder | OthersPass);
        }
    }

    private static DataFolderException Unwritable(string path, Exception fault) => new(path, "the current user cannot write it", fault);
}

/// <summary>A file of the server's data folder is missing, broken or out of reach; the message names it and says what to do.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">What is wrong with it, as the rest of a sentence.</param>
/// <param name="inner">The cause, when another exception is one.</param>
public sealed class DataFolderException(string path, string problem, Exception? inner = null)
    : Exception($"Cannot use '{path}': {problem}.", inner)
{
    /// <summary>The file at fault.</summary>
    public string FilePath { get; } = path;
}
