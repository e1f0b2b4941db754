using System.Globalization;
using Mover.Files;
using Mover.Transfer.Ledger;

namespace Mover.Transfer.Journal;

/// <summary>The files of one run.</summary>
internal sealed class RunFolder(string path)
{
    public string Journal { get; } = System.IO.Path.Combine(path, "journal");

    public string Ledger { get; } = System.IO.Path.Combine(path, LedgerFile.Name);

    /// <summary>Sort runs and lists that a later attempt makes again.</summary>
    public string Spill { get; } = System.IO.Path.Combine(path, "spill");

    private string Holder { get; } = System.IO.Path.Combine(path, "lock");

    /// <summary>
    /// Makes the folder and holds it until disposed; the kernel lets go of it with a process that is killed. Throws
    /// <see cref="IOException"/> while another run holds it. The file stays: two could hold one that is made anew each time.
    /// </summary>
    public IDisposable Hold()
    {
        PrivateFolder.Ensure(path);
        return PrivateFile.Open(Holder, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Makes the folders and throws away what an earlier attempt spilled.</summary>
    public void Prepare()
    {
        RemoveSpill();
        PrivateFolder.Ensure(Spill);
    }

    public void RemoveSpill() => PrivateFolder.Remove(Spill);

    /// <summary>A new name in the spill folder.</summary>
    public string NewSpill() => System.IO.Path.Combine(Spill, Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture));
}
