namespace Mover.Volumes;

/// <summary>Makes the folder that one scan's run files lie in; names of a source's files are nobody else's business.</summary>
internal static class SpillFolder
{
    /// <param name="above">The folder to make it in; null for the host's folder for temporary files.</param>
    public static DirectoryInfo Create(string? above)
    {
        var prefix = "mover-scan-";
        return above is null
            ? Directory.CreateTempSubdirectory(prefix)
            : Directory.CreateDirectory(Path.Combine(above, $"{prefix}{Guid.NewGuid():N}"));
    }
}
