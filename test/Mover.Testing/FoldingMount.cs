using System.Diagnostics;

namespace Mover.Testing;

/// <summary>
/// A folder shown as a file system that takes different spellings for one name: scripts/folding-mount.py, whose words are the modes.
/// Unmounted when disposed, and also when the test's process is gone.
/// </summary>
public sealed class FoldingMount : IDisposable
{
    private readonly DirectoryInfo _above = Directory.CreateTempSubdirectory("mover-fold-");
    private readonly Process _process;

    public FoldingMount(string mode)
    {
        var behind = Directory.CreateDirectory(Path.Combine(_above.FullName, "behind")).FullName;
        Directory.CreateDirectory(RootPath);
        string[] arguments = [behind, RootPath, mode];
        _process = Process.Start(new ProcessStartInfo(ScriptPath(), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
    }

    /// <summary>Where it is mounted.</summary>
    public string RootPath => Path.Combine(_above.FullName, "mount");

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        using var unmount = Process.Start(new ProcessStartInfo("/bin/umount", ["--lazy", "--quiet", RootPath])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        unmount.WaitForExit();
        _above.Delete(recursive: true);
    }

    private static string ScriptPath()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Mover.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/'))!;
        }

        return Path.Combine(folder, "scripts", "folding-mount.py");
    }
}
