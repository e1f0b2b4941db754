using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>Sources that others use while a run reads them: files vanish, grow, are rewritten and replaced, and some may not be read.</summary>
public sealed class RestlessSourceTests
{
    private const int Vanishing = 40;
    private const int VersionBytes = 64 * 1024;
    private const UnixFileMode Nobody = UnixFileMode.None;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    /// <summary>Root without the right to ignore permissions; other users have none to give up.</summary>
    private static readonly IReadOnlyList<string>? WithoutOverride = Environment.IsPrivilegedProcess
        ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
        : null;

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task What_cannot_be_read_whole_is_reported_with_its_code_and_never_stored_torn()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true, AgentStartedBy = WithoutOverride });
        var tree = Grow(estate.Source);
        var items = Directory.EnumerateFileSystemEntries(estate.Source, "*", SearchOption.AllDirectories).LongCount() - 1;
        Close(estate.Source, Nobody);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        estate.Proxy.Before = request => request.IsWrite ? gate.Task : Task.CompletedTask;
        var definition = await estate.DefineJobAsync("restless");

        var runId = await estate.StartJobAsync(definition);
        await WaitForScanAsync(estate, runId, items);
        Directory.Delete(Path.Combine(estate.Source, "vanishing"), recursive: true);
        JsonNode run;
        await using (new Writers(tree))
        {
            gate.SetResult();
            run = await estate.WaitForEndAsync(runId, RunMax);
        }

        FirstMigrationTests.AssertSucceeded(run, estate);
        FirstMigrationTests.AssertCountersAddUp(run);
        var ledger = estate.ReadLedger(runId);
        ledger.AssertEveryItemOnce(run);
        var failed = ledger.Items.Where(item => item.Result == 'F').ToList();
        Assert.Equal(
            [("closed", 2062), ("secret.bin", 2062)],
            failed.Where(item => item.Code == 2062).Select(item => (item.Path, item.Code)));
        Assert.Equal(Vanishing, failed.Count(item => item.Code == 2063 && item.Path.StartsWith("vanishing/", StringComparison.Ordinal)));
        Assert.Contains(failed, item => item is { Path: "growing.log", Code: 2063 });
        Assert.All(failed, item => Assert.True(item.Code is 2062 or 2063, $"{item}"));
        var log = await estate.ReadCopyLogAsync(runId);
        Assert.Equal(failed.Count, log.Count);
        await AssertNothingTornAsync(estate, ledger);

        Close(estate.Source, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var quiet = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);
        Assert.Equal(0, FirstMigrationTests.Count(quiet, "itemsFailed"));
        await RemoveMarkerAsync(estate, "vanishing");
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    private static string Grow(string source)
    {
        Trees.Mixed(source, seed: 61, smallFiles: 120, largeBytes: 12 * 1024 * 1024);
        File.WriteAllBytes(Path.Combine(source, "growing.log"), new byte[5 * 1024 * 1024]);
        File.WriteAllText(Path.Combine(source, "secret.bin"), "secret");
        Directory.CreateDirectory(Path.Combine(source, "closed"));
        File.WriteAllText(Path.Combine(source, "closed", "inside.bin"), "inside");
        Directory.CreateDirectory(Path.Combine(source, "vanishing"));
        foreach (var number in Enumerable.Range(0, Vanishing))
        {
            File.WriteAllText(Path.Combine(source, "vanishing", $"{number:D3}.bin"), $"content {number}");
        }

        foreach (var name in Writers.Names)
        {
            File.WriteAllBytes(Path.Combine(source, name), new byte[VersionBytes]);
        }

        return source;
    }

    private static void Close(string source, UnixFileMode mode)
    {
        File.SetUnixFileMode(Path.Combine(source, "secret.bin"), mode);
        File.SetUnixFileMode(Path.Combine(source, "closed"), mode);
    }

    /// <summary>Nothing is written yet, so that everything that can be listed is listed before anything is read that comes late.</summary>
    private static async Task WaitForScanAsync(Estate estate, string runId, long items)
    {
        using var stop = new CancellationTokenSource(RunMax);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (((await estate.GetAsync(runId))["properties"]!["itemsScanned"]?.GetValue<long>() ?? 0) < items)
        {
            await pace.WaitForNextTickAsync(stop.Token);
        }
    }

    /// <summary>Every version of such a file is one byte repeated; what arrived is one version, what did not is not there.</summary>
    private static async Task AssertNothingTornAsync(Estate estate, RunLedger ledger)
    {
        using var http = new HttpClient();
        foreach (var item in ledger.Items.Where(item => Writers.Names.Contains(item.Path) || item.Path == "growing.log"))
        {
            using var answer = await http.GetAsync(new Uri($"{estate.ContainerUrl}/{item.Path}?{Azurite.AccountSas()}"));
            Assert.Equal(item.Result == 'T', answer.IsSuccessStatusCode);
            if (answer.IsSuccessStatusCode)
            {
                var content = await answer.Content.ReadAsByteArrayAsync();
                Assert.Equal(VersionBytes, content.Length);
                Assert.True(content.AsSpan().IndexOfAnyExcept(content[0]) < 0, $"{item.Path} is torn");
            }
        }
    }

    private static async Task RemoveMarkerAsync(Estate estate, string folder)
    {
        using var http = new HttpClient();
        using var answer = await http.DeleteAsync(new Uri($"{estate.ContainerUrl}/{folder}?{Azurite.AccountSas()}"));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Others who use the source: one appends, some rewrite in place, some replace by renaming.</summary>
    private sealed class Writers : IAsyncDisposable
    {
        public static readonly IReadOnlyList<string> Names = ["replaced-1.bin", "replaced-2.bin", "rewritten-1.bin", "rewritten-2.bin", "rewritten-3.bin"];
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _writing;

        public Writers(string source)
        {
            var aside = Directory.CreateDirectory(source + "-aside").FullName;
            _writing = Task.WhenAll(
            [
                RepeatAsync(2, version => File.AppendAllText(Path.Combine(source, "growing.log"), $"line {version}\n")),
                .. Names.Select((name, number) => RepeatAsync(
                    1 + (20 * number), version => Write(Path.Combine(source, name), Path.Combine(aside, name), (byte)version))),
            ]);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _writing;
            _stop.Dispose();
        }

        private static void Write(string path, string aside, byte version)
        {
            var content = new byte[VersionBytes];
            content.AsSpan().Fill(version);
            if (Path.GetFileName(path).StartsWith("replaced", StringComparison.Ordinal))
            {
                File.WriteAllBytes(aside, content);
                File.Move(aside, path, overwrite: true);
                return;
            }

            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(file, content, 0);
        }

        private async Task RepeatAsync(int milliseconds, Action<int> write)
        {
            await Task.Yield();
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds));
            for (var version = 1; !_stop.IsCancellationRequested; version++)
            {
                write(version);
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}
