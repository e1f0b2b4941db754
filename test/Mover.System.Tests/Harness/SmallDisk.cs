using System.Globalization;

namespace Mover.SystemTests.Harness;

/// <summary>A disk of a few MiB, in memory, that can be filled and emptied. Needs root, for mount(8).</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int PageBytes = 4096;
    private readonly TemporaryFolder _folder = new();

    private SmallDisk() => Path = _folder.Make("disk");

    public string Path { get; }

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    public static async Task<SmallDisk> MountAsync(int sizeBytes)
    {
        var disk = new SmallDisk();
        var (exitCode, output) = await ChildProcess.RunAsync(
            "mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={sizeBytes},mode=0755"), "tmpfs", disk.Path]);
        Assert.True(exitCode == 0, output);
        return disk;
    }

    /// <summary>Leaves so much room and no more.</summary>
    public void Fill(int leftBytes)
    {
        using var ballast = File.Create(Ballast, PageBytes);
        var page = new byte[PageBytes];
        try
        {
            while (true)
            {
                ballast.Write(page);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            ballast.SetLength(Math.Max(0, (ballast.Length / PageBytes * PageBytes) - leftBytes));
        }
    }

    public void MakeRoom() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.RunAsync("umount", ["--lazy", Path]);
        _folder.Dispose();
    }
}
