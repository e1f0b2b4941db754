namespace Mover.Core.Access;

/// <summary>Files that hold a key or another secret are for their owner alone. Pure.</summary>
public static class SecretFiles
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>
    /// Null for a file that only its owner can use; otherwise what is wrong and the command that mends it, as the rest of a sentence that
    /// names the file.
    /// </summary>
    public static string? Refuse(string path, UnixFileMode mode)
    {
        var open = mode & Others;
        return open == UnixFileMode.None
            ? null
            : $"other users can access the secret in it (mode 0{Convert.ToString((int)mode & 0x1FF, 8)}); run: chmod 600 '{path}'";
    }
}
