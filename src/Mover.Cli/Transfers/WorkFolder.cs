using Mover.Volumes;

namespace Mover.Cli.Transfers;

/// <summary>A folder for spill files that goes when the command ends, or, when it was killed, with the next command.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly SpillFolder _folder = SpillFolder.Create(above: null);

    public string Path => System.IO.Path.Combine(_folder.Path, "work");

    public void Dispose() => _folder.Dispose();
}
