using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Server.Access;

namespace Mover.Bench.Agents;

/// <summary>
/// Many agents that beat every 10 s and wait for work with calls of 30 s, over https, against one and against two instances of the control
/// plane over one store. Prints the load on the store per second, and the instances' memory, as rows of a table.
/// Run: <c>dotnet run -c Release --project bench/agents [agents] [seconds]</c>.
/// </summary>
internal static class Program
{
    public static async Task Main(string[] arguments)
    {
        if (arguments is ["serve", var folder, var count])
        {
            await Instances.ServeAsync(folder, int.Parse(count, CultureInfo.InvariantCulture));
            return;
        }

        var agents = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1000;
        var seconds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 120;
        Console.WriteLine("| instances | agents | beats/s | reads/s | listings/s | commits/s | CPU | managed memory | resident |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var instances in new[] { 1, 2 })
        {
            await MeasureAsync(instances, agents, TimeSpan.FromSeconds(seconds));
        }
    }

    private static async Task MeasureAsync(int instances, int agents, TimeSpan span)
    {
        var folder = Directory.CreateTempSubdirectory("mover-bench-agents-").FullName;
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath ?? "dotnet")
        {
            ArgumentList = { "serve", Path.Combine(folder, "server"), instances.ToString(CultureInfo.InvariantCulture) },
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("The instances did not start.");
        try
        {
            var urls = (await ReadAsync(child)).Split(' ');
            var server = Path.Combine(folder, "server");
            var mover = await PrepareAsync(server, urls[0]);
            await RowAsync(instances, child, 0, new Load(), TimeSpan.FromSeconds(20));
            var load = new Load();
            using var stop = new CancellationTokenSource();
            var running = await StartAsync(folder, urls, mover, agents, load, stop.Token);

            // Measures the steady state: waits until every agent has a connection and its first beat is a minute old.
            await Task.Delay(TimeSpan.FromSeconds(75));
            await RowAsync(instances, child, agents, load, span);
            await stop.CancelAsync();
            await Task.WhenAll(running);
        }
        finally
        {
            child.StandardInput.Close();
            await child.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RowAsync(int instances, Process child, int agents, Load load, TimeSpan span)
    {
        var (before, beats, watch) = (await CountAsync(child), load.Beats, Stopwatch.StartNew());
        await Task.Delay(span);
        var (after, took) = (await CountAsync(child), watch.Elapsed.TotalSeconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {instances} | {agents} | {(load.Beats - beats) / took:F0} | {(after.Reads - before.Reads) / took:F1} | "
                + $"{(after.Lists - before.Lists) / took:F1} | {(after.Commits - before.Commits) / took:F2} | "
                + $"{(after.CpuMilliseconds - before.CpuMilliseconds) / took / 10:F0} % | {after.HeapBytes / 1048576.0:F0} MiB | "
                + $"{after.ResidentBytes / 1048576.0:F0} MiB |{(load.Failed > 0 ? $" {load.Failed} calls failed" : string.Empty)}"));
    }

    private static async Task<Counts> CountAsync(Process child)
    {
        await child.StandardInput.WriteLineAsync("count");
        await child.StandardInput.FlushAsync();
        return Counts.Parse(await ReadAsync(child));
    }

    private static async Task<string> ReadAsync(Process child) =>
        await child.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The instances ended.");

    private static async Task<ResourceId> PrepareAsync(string server, string url)
    {
        using var http = new HttpClient(AgentTrust.CreateHandler(await File.ReadAllTextAsync(Path.Combine(server, "tls", "ca.pem"))))
        {
            BaseAddress = new(url),
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token(server));
        var subscriptions = JsonNode.Parse(await http.GetStringAsync("/subscriptions?api-version=2022-12-01"));
        var group = ResourceId.OfGroup((string?)subscriptions?["value"]?[0]?["subscriptionId"] ?? string.Empty, "bench");
        var mover = group.Provider("Microsoft.StorageMover/storageMovers", "bench");
        foreach (var (id, version) in new[] { (group, "2021-04-01"), (mover, "2025-12-01") })
        {
            using var body = new StringContent("""{"location":"eastus"}""", Encoding.UTF8, "application/json");
            (await http.PutAsync($"{id.Text}?api-version={version}", body)).EnsureSuccessStatusCode();
        }

        return mover;
    }

    // Registers the agents, a few at a time, and lets each work, spread evenly over the instances and over a beat's interval.
    private static async Task<IReadOnlyList<Task>> StartAsync(
        string folder, string[] urls, ResourceId mover, int agents, Load load, CancellationToken stop)
    {
        var server = Path.Combine(folder, "server");
        var (ca, token) = (await File.ReadAllTextAsync(Path.Combine(server, "tls", "ca.pem"), stop), Token(server));
        var running = new Task[agents];
        await Parallel.ForAsync(0, agents, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (at, cancel) =>
        {
            var own = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"agent-{at}"));
            var record = await new AgentRegistration(TimeProvider.System).RegisterAsync(
                new()
                {
                    DataFolder = own, Addresses = [urls[at % urls.Length]], CaPem = ca, Token = token, StorageMover = mover,
                    AgentName = Path.GetFileName(own),
                },
                cancel);
            using var opened = AgentFolder.Open(own);
            var channel = new AgentChannelClient(
                new(record.AgentId, record.TenantId, record.PrincipalId, opened.OpenKey()), new([urls[at % urls.Length]]),
                AgentTrust.CreateHandler(ca), TimeProvider.System);
            running[at] = WorkAsync(channel, load, stop);
        });
        return running;
    }

    private static async Task WorkAsync(AgentChannelClient channel, Load load, CancellationToken stop)
    {
        using (channel)
        {
            await Task.WhenAll(
                RepeatAsync(
                    async () =>
                    {
                        var heard = await channel.BeatAsync(new(Telemetry, []), stop);
                        load.Beat(heard.Refusal is not null);
                        await Task.Delay(AgentChannelLimits.BeatInterval, stop);
                    },
                    load,
                    stop),
                RepeatAsync(
                    async () => load.Poll((await channel.WorkAsync(
                        new("bench", [], [], (int)AgentChannelLimits.WorkWaitMax.TotalSeconds), stop)).Refusal is not null),
                    load,
                    stop));
        }
    }

    private static async Task RepeatAsync(Func<Task> act, Load load, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await act();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (AgentChannelException)
            {
                load.Poll(failed: true);
            }
        }
    }

    private static string Token(string server) => AdministratorToken.Create(server, TimeProvider.System).Reveal();

    private static readonly AgentTelemetry Telemetry = new()
    {
        AgentVersion = "1.2.3", HostName = "host", LocalIpAddress = "10.0.0.7", MemoryInMB = 2048, NumberOfCores = 2, UptimeInSeconds = 5,
        TimeZone = "UTC", Condition = AgentCondition.Online,
    };

    /// <summary>What the agents have done together.</summary>
    private sealed class Load
    {
        private long _beats;
        private long _failed;

        public long Beats => Interlocked.Read(ref _beats);

        public long Failed => Interlocked.Read(ref _failed);

        public void Beat(bool failed)
        {
            Interlocked.Increment(ref _beats);
            Poll(failed);
        }

        public void Poll(bool failed) => Interlocked.Add(ref _failed, failed ? 1 : 0);
    }
}
