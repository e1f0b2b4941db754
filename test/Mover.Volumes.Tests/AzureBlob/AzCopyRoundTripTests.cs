using System.Diagnostics;
using System.Text;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using Mover.Volumes.Local;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>AzCopy and the driver read what the other one wrote.</summary>
[Collection(AzuriteTests.Name)]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class AzCopyRoundTripTests(AzuriteServer server) : IDisposable
{
    private static readonly DateTime Time = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mover-azcopy-");

    public void Dispose() => _folder.Delete(true);

    [RequiresFact("MOVER_AZURITE", "MOVER_AZCOPY")]
    public async Task AzCopy_restores_the_attributes_that_were_written_here()
    {
        var container = await server.MakeContainerAsync();
        await using var volume = server.Open(container, server.SharedKey());
        var options = new PutOptions(true);
        var time = new UnixTime(new DateTimeOffset(Time).ToUnixTimeSeconds(), 123_456_700);
        var posix = new PosixAttributes(0x1A0, Self("Uid:"), Self("Gid:"));
        await volume.PutAsync(Make("folder/file %41", EntryType.File, 5, time, posix), "hello"u8.ToArray(), options, default);
        await volume.PutFolderAsync(Make("folder", EntryType.Folder, 0, time, posix with { Mode = 0x1C0 }), options, default);
        await volume.PutLinkAsync(Make("link", EntryType.Symlink, 14, time, posix, "folder/file %41"), options, default);

        await RunAzCopyAsync("copy", $"{server.Endpoint}/{container}/*?{Sas()}", _folder.FullName, "BlobLocal");

        var file = new FileInfo(Path.Combine(_folder.FullName, "folder/file %41"));
        Assert.Equal("hello", await File.ReadAllTextAsync(file.FullName));
        Assert.Equal((UnixFileMode)0x1A0, file.UnixFileMode);
        Assert.Equal(Time.AddTicks(1_234_567), file.LastWriteTimeUtc);
        Assert.True(Directory.Exists(Path.Combine(_folder.FullName, "folder")));
        Assert.Equal("folder/file %41", new FileInfo(Path.Combine(_folder.FullName, "link")).LinkTarget);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_AZCOPY")]
    public async Task What_AzCopy_wrote_is_read_here_with_its_attributes()
    {
        var container = await server.MakeContainerAsync();
        var file = Path.Combine(_folder.FullName, "a b", "file");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "a b"));
        await File.WriteAllTextAsync(file, "hello");
        File.SetLastWriteTimeUtc(file, Time.AddTicks(1_234_567));
        File.SetUnixFileMode(file, (UnixFileMode)0x1A0);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), "a b/file");

        await RunAzCopyAsync("copy", $"{_folder.FullName}/*", $"{server.Endpoint}/{container}?{Sas()}", "LocalBlob");

        await using var volume = server.Open(container, server.SharedKey());
        var found = new Dictionary<string, Entry>(StringComparer.Ordinal);
        await foreach (var batch in volume.ScanAsync(default))
        {
            batch.ToList().ForEach(e => found.Add(e.Path.ToString(), e));
        }

        Assert.Equal(EntryType.Folder, found["a b"].Type);
        Assert.Equal(EntryType.Symlink, found["link"].Type);
        Assert.Equal((EntryType.File, 0x1A0, 5), (found["a b/file"].Type, found["a b/file"].Posix?.Mode, found["a b/file"].SizeBytes));
        Assert.Equal(new UnixTime(new DateTimeOffset(Time).ToUnixTimeSeconds(), 123_456_700), found["a b/file"].Modified);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_AZCOPY")]
    public async Task What_AzCopy_filled_with_md5s_gets_metadata_alone()
    {
        var container = await server.MakeContainerAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "same"), "hello");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "other"), "hello");
        await RunAzCopyAsync("copy", $"{_folder.FullName}/*", $"{server.Endpoint}/{container}?{Sas()}", "LocalBlob", "--put-md5");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "other"), "HELLO");
        await using var source = new LocalVolume(new(_folder.FullName));
        await using var target = server.Open(container, server.SharedKey());
        using var bench = new BlobBench(source, target);

        var plan = await bench.PlanAsync();
        var first = await bench.CopyAsync();
        var second = await bench.CopyAsync();

        Assert.Equal([PlannedActionKind.Copy, PlannedActionKind.SetMetadata], plan.Select(action => action.Kind));
        Assert.Equal((2, 5, 5), (first.Counters.ItemsTransferred, first.Counters.BytesTransferred, first.Counters.BytesNoTransferNeeded));
        Assert.Equal(2, second.Counters.ItemsNoTransferNeeded);
        Assert.NotNull((await target.FindAsync(EntryPath.Of("same"), default))?.ContentMd5);
    }

    // Only root may give files away, so the files belong to whoever runs the test.
    private static uint Self(string what) =>
        uint.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(what, StringComparison.Ordinal)).Split('\t')[1]);

    private static string Sas() => AzuriteServer.MakeSas(TimeProvider.System.GetUtcNow().AddHours(1));

    private static Entry Make(string path, EntryType type, long size, UnixTime time, PosixAttributes posix, string? target = null) => new()
    {
        Path = EntryPath.Of(path), Type = type, SizeBytes = size, Modified = time, Accessed = time, Changed = time, Created = time, Posix = posix,
        LinkTarget = target is null ? null : Encoding.UTF8.GetBytes(target),
    };

    private async Task RunAzCopyAsync(string verb, string source, string target, string direction, params string[] flags)
    {
        var start = new ProcessStartInfo(Requirement.Value("MOVER_AZCOPY")) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in (string[])
            [verb, source, target, "--recursive", "--from-to", direction, "--skip-version-check",
             .. flags.Length > 0 ? flags : ["--preserve-posix-properties", "--preserve-symlinks", "--include-directory-stub"]])
        {
            start.ArgumentList.Add(argument);
        }

        var logs = Path.Combine(Path.GetTempPath(), $"mover-azcopy-logs-{Guid.NewGuid():N}");
        start.Environment["AZCOPY_LOG_LOCATION"] = logs;
        start.Environment["AZCOPY_JOB_PLAN_LOCATION"] = logs;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("AzCopy did not start.");
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Directory.Delete(logs, true);
        Assert.True(process.ExitCode == 0, said);
    }
}
