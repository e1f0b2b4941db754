namespace Mover.Cli.Transfers;

/// <summary>A folder for spill files that goes when the command ends.</summary>
internal sealed class WorkFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mover-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
