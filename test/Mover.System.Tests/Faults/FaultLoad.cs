using System.Collections.Concurrent;
using System.Globalization;

namespace Mover.SystemTests.Faults;

/// <summary>
/// The load of a campaign: three clients that know all addresses and write (keys of their own, new keys, and keys that they share, on condition
/// of the version; on order also keys that are made and deleted), and three that read at one server each.
/// </summary>
internal sealed class FaultLoad : IAsyncDisposable
{
    /// <summary>What the names of keys begin with that are deleted.</summary>
    public const string Gone = "gone-";

    private const int Clients = 3;
    private const int SharedKeys = 2;
    private const int ReadsMax = 20;
    private static readonly TimeSpan WritePause = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(60);

    private readonly ConcurrentQueue<Attempt> _history = new();
    private readonly ConcurrentQueue<Attempt>[] _byWriter = [.. Enumerable.Range(0, Clients).Select(_ => new ConcurrentQueue<Attempt>())];
    private readonly List<LoadClient> _clients = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly ILoadTarget _target;
    private readonly bool _deletes;

    public FaultLoad(ILoadTarget target, int seed, bool deletes = false)
    {
        (_target, _deletes) = (target, deletes);
        for (var client = 0; client < Clients; client++)
        {
            var (number, random) = (client, new Random(seed + client));
            _running.Add(Task.Run(() => WriteAsync(number, New(_byWriter[number], number, stays: false), _stop.Token)));
            _running.Add(Task.Run(() => ReadAsync(random, New(_history, number, stays: true), _stop.Token)));
        }
    }

    /// <summary>The keys that are written again and again.</summary>
    public static IReadOnlyList<string> Lasting { get; } = [.. Enumerable.Range(0, Clients).Select(Own), .. Enumerable.Range(0, SharedKeys).Select(Shared)];

    /// <summary>Acknowledged writes of each client that knows all addresses, in order.</summary>
    public IReadOnlyList<IReadOnlyList<Attempt>> Acknowledged =>
        [.. _byWriter.Select(writer => writer.Where(attempt => attempt is { IsWrite: true, Outcome: Outcome.Done }).ToList())];

    /// <summary>Everything that was recorded, by key.</summary>
    public ILookup<string, Attempt> ByKey => _history.Concat(_byWriter.SelectMany(writer => writer)).ToLookup(attempt => attempt.Key, StringComparer.Ordinal);

    /// <summary>How often each answer was given.</summary>
    public string Answers => string.Join(", ", _clients.SelectMany(client => client.Answers).GroupBy(one => one.Key, StringComparer.Ordinal)
        .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key}: {group.Sum(one => one.Value)}"));

    /// <summary>Writes new keys at one server until a region acknowledges one, or it is told to end.</summary>
    public async Task ProbeAsync(string name, int server, string region, CancellationToken stop)
    {
        using var client = new LoadClient(_target, _history, server, number: 0, stays: true);
        for (var (written, round) = ((Attempt?)null, 0); written?.Region != region && !stop.IsCancellationRequested; round++)
        {
            written = await client.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{name}-{round}"), null, null, stop);
            await Task.Delay(WritePause, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Ends the load, and reads every key back.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        var keys = ByKey.Select(group => group.Key).ToList();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            var reader = New(_history, number, stays: false);
            foreach (var key in keys.Where((_, at) => at % Clients == number))
            {
                for (var left = ReadsMax; await reader.ReadAsync(key) is null; left--)
                {
                    Assert.NotEqual(0, left);
                }
            }
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _clients.ForEach(client => client.Dispose());
        _stop.Dispose();
    }

    private LoadClient New(ConcurrentQueue<Attempt> history, int number, bool stays)
    {
        var client = new LoadClient(_target, history, number % _target.Servers, number, stays);
        lock (_clients)
        {
            _clients.Add(client);
        }

        return client;
    }

    private async Task WriteAsync(int number, LoadClient client, CancellationToken stop)
    {
        for (var round = 0; !stop.IsCancellationRequested; round++)
        {
            await client.WriteAsync(Own(number), null, null, stop);
            await client.ReadAsync(Own(number));
            await client.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"new-{number}-{round}"), null, null, stop);
            var shared = Shared(round);
            if (await client.ReadAsync(shared) is { } read)
            {
                await client.WriteAsync(shared, read.ETag is null ? null : read.Attempt, read.ETag, stop);
            }

            if (_deletes)
            {
                var gone = string.Create(CultureInfo.InvariantCulture, $"{Gone}{number}-{round}");
                _ = await client.WriteAsync(gone, null, null, stop) is not null ? await client.DeleteAsync(gone, stop) : null;
            }

            await Task.Delay(WritePause, TimeProvider.System, CancellationToken.None);
        }
    }

    private static async Task ReadAsync(Random random, LoadClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await client.ReadAsync(random.Next(2) == 0 ? Own(random.Next(Clients)) : Shared(random.Next(SharedKeys)));
            await Task.Delay(ReadPause, TimeProvider.System, CancellationToken.None);
        }
    }

    private static string Own(int client) => string.Create(CultureInfo.InvariantCulture, $"own-{client}");

    private static string Shared(int round) => string.Create(CultureInfo.InvariantCulture, $"shared-{round % SharedKeys}");
}
