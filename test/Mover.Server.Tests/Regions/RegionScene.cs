using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mover.Server.Access;
using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.Server.Regions;
using Mover.Server.Settings;
using Mover.Server.Tls;
using Mover.State;
using Mover.State.Mirror;
using Mover.State.Sqlite;
using Mover.State.Tests.Etcd;
using Mover.Testing;

namespace Mover.Server.Tests.Regions;

/// <summary>
/// Two regions, each with one server over a file of its own or with two over etcd: <c>eastus</c> begins, <c>westus</c> is its standby.
/// </summary>
internal sealed class RegionScene : IAsyncDisposable
{
    private static readonly Lazy<byte[]> SigningKey = new(() =>
    {
        using var key = RSA.Create(2048);
        return Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
    });

    private readonly TempFolder _folder = new();
    private readonly string _ring;
    private static readonly Task Never = new TaskCompletionSource().Task;
    private SqliteStateStore? _witness;

    public RegionScene()
    {
        _ring = _folder.At("ring");
        File.WriteAllText(_ring, RingKeys.MakeLine());
        File.SetUnixFileMode(_ring, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        East = new(this, "eastus", "eastus", isStandby: false);
        West = new(this, "westus", "westus", isStandby: true);
        East2 = new(this, "eastus", "eastus2", isStandby: false);
        West2 = new(this, "westus", "westus2", isStandby: true);
        (East.Peers, West.Peers, East2.Peers, West2.Peers) = ([West], [East], [West, West2], [East, East2]);
    }

    public Side East { get; }

    public Side West { get; }

    /// <summary>The second server of a side; it runs over etcd alone.</summary>
    public Side East2 { get; }

    public Side West2 { get; }

    /// <summary>Changes the options of a side before it starts.</summary>
    public Func<ServerOptions, ServerOptions> Configure { get; set; } = options => options;

    public string KeyRing => _ring;

    /// <summary>Both regions ask a witness; it is a file beside them.</summary>
    public RegionScene WithWitness(TimeSpan lease, Func<ServerOptions, ServerOptions>? and = null)
    {
        _witness = SqliteStateStore.Open(
            new() { Path = _folder.At("witness.db") }, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteStateStore>.Instance);
        Configure = options =>
        {
            var side = options.Region == East.Region ? East : West;
            var engine = new StateEngine(
                "witness",
                (_, _) => Task.FromResult<IStateStore>(new HeldStore(_witness, owns: false, () => side.IsWitnessCut ? Never : Task.CompletedTask, _ => Task.CompletedTask)));
            options = options with { Witness = engine, WitnessLease = lease };
            return and?.Invoke(options) ?? options;
        };
        return this;
    }

    /// <summary>The right to serve lapses at the witness, whoever has it.</summary>
    public async Task LapseRightAsync()
    {
        Assert.NotNull(_witness);
        foreach (var entry in (await _witness.ListAsync("witness/", null, 10, keysOnly: false, default)).Entries.Where(entry => entry.LeaseId != 0))
        {
            await _witness.RevokeLeaseAsync(entry.LeaseId, default);
        }
    }

    public async Task<RegionScene> StartBothAsync()
    {
        await East.StartAsync();
        await West.StartAsync();
        return this;
    }

    /// <summary>No way between the regions; both live.</summary>
    public void CutLink()
    {
        East.Link.Cut();
        West.Link.Cut();
    }

    public void MendLink()
    {
        East.Link.Mend();
        West.Link.Mend();
    }

    /// <summary>Both, the standby with a whole copy.</summary>
    public static async Task<RegionScene> StartAsync()
    {
        var scene = new RegionScene();
        await scene.East.StartAsync();
        await scene.West.StartAsync();
        return scene;
    }

    /// <summary>Two servers in each region, over what is given.</summary>
    public static async Task<RegionScene> StartAsync(EtcdServer east, EtcdServer west)
    {
        var scene = new RegionScene();
        (scene.East.Peers, scene.West.Peers) = (scene.East2.Peers, scene.West2.Peers);
        (scene.East.Etcd, scene.East2.Etcd, scene.West.Etcd, scene.West2.Etcd) = (east, east, west, west);
        foreach (var side in (Side[])[scene.East, scene.East2, scene.West, scene.West2])
        {
            await side.StartAsync();
        }

        // It has served when its second server starts, which answers nobody before it has heard of its pair.
        await scene.East2.UntilServingAsync();
        return scene;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(East.StopAsync(), West.StopAsync(), East2.StopAsync(), West2.StopAsync());
        foreach (var side in (Side[])[East, West, East2, West2])
        {
            await side.CloseAsync();
        }

        if (_witness is { } witness)
        {
            await witness.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>A server of one region.</summary>
    internal sealed class Side(RegionScene scene, string region, string name, bool isStandby)
    {
        private readonly int _port = FreePorts.Take();
        private Link? _link;
        private RegionHost? _host;
        private HttpClient? _http;

        /// <summary>The servers of the other region.</summary>
        public Side[] Peers { get; set; } = [];

        public Side Peer => Peers[0];

        /// <summary>The store; null for a file.</summary>
        public EtcdServer? Etcd { get; set; }

        public string Region => region;

        /// <summary>The way of the other region to this one.</summary>
        public Link Link => _link ??= new(_port);

        public bool IsWitnessCut { get; set; }

        /// <summary>Whether <see cref="Stalled"/> counts; set before the side starts.</summary>
        public bool CanStall { get; set; }

        /// <summary>What the answers of this side's store to commits wait for: nothing, unless it is set.</summary>
        public Task Stalled { get; set; } = Task.CompletedTask;

        /// <summary>What this side's commits wait for before they are made.</summary>
        public Task Blocked { get; set; } = Task.CompletedTask;

        public string Folder { get; } = Directory.CreateDirectory(scene._folder.At(name)).FullName;

        public string Url => string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{_port}");

        private string UrlOfPair => string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{Link.Port}");

        public HttpClient Http => _http ??= NewClient();

        public string Subscription => Administrator.SubscriptionId;

        private Administrator Administrator => new IdentityFiles(Folder).ReadAdministrator()!;

        public List<string> Logged { get; } = [];

        public bool HasLogged(string text)
        {
            lock (Logged)
            {
                return Logged.Exists(line => line.Contains(text, StringComparison.Ordinal));
            }
        }

        public Task StartAsync() => StartAsync(waits: null, CancellationToken.None);

        public async Task StartAsync(Action<string>? waits, CancellationToken cancel)
        {
            if (!isStandby && Etcd is null)
            {
                PrivateFile.TryCreate(new IdentityFiles(Folder).SigningKeyPath, SigningKey.Value);
            }

            File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            _host = await RegionHost.StartAsync(
                scene.Configure(new()
                {
                    DataFolder = Folder,
                    Urls = [Url],
                    Region = region,
                    InstanceName = name,
                    Store = Etcd is null && !CanStall ? StateEngine.Sqlite : Etcd is null
                        ? new("sqlite", async (host, cancel) => new HeldStore(await StateEngine.Sqlite.OpenAsync(host, cancel), owns: true, () => Task.CompletedTask, isDone => isDone ? Stalled : Blocked))
                        : StateEngine.Parse("etcd://" + string.Join(',', Etcd.Endpoints.Select(endpoint => endpoint.Authority))),
                    KeyRing = scene._ring,
                    Pair = new(Peer.Region, [.. Peers.Select(peer => new Uri(peer.UrlOfPair))])
                    {
                        StartsAsStandby = isStandby,
                        AuthorityFile = new TlsFiles(Peer.Folder).AuthorityPath,
                    },
                    Logging = logging => logging.AddProvider(new ListLoggers(Logged)).SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning),
                }),
                TimeProvider.System, waits, patience.Token);
        }

        public async Task StopAsync()
        {
            _http?.Dispose();
            _http = null;
            if (_host is { } host)
            {
                _host = null;
                await host.DisposeAsync();
            }
        }

        public async Task CloseAsync()
        {
            if (_link is { } link)
            {
                await link.DisposeAsync();
            }
        }

        public async Task<HttpResponseMessage> SendAsync(string method, string path, string? json = null, CancellationToken cancel = default)
        {
            using var request = new HttpRequestMessage(new(method), new Uri(Url + path));
            request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
            return await Http.SendAsync(request, cancel);
        }

        public string Group(string name) => $"/subscriptions/{Subscription}/resourceGroups/{name}?api-version=2021-04-01";

        public Task<HttpResponseMessage> PutGroupAsync(string name) => SendAsync("PUT", Group(name), """{"location":"eastus"}""");

        public Task<HttpResponseMessage> GetGroupAsync(string name) => SendAsync("GET", Group(name));

        /// <summary>Deletes a group and waits until it is gone.</summary>
        public async Task DeleteGroupAsync(string name)
        {
            await SendAsync("DELETE", Group(name));
            while ((await GetGroupAsync(name)).IsSuccessStatusCode)
            {
                await Task.Delay(50);
            }
        }

        public async Task<JsonObject> StatusAsync() =>
            await (await SendAsync("GET", $"/subscriptions/{Subscription}/region")).JsonAsync();

        public Task<HttpResponseMessage> FailoverAsync(string? unplanned = null, bool force = false, CancellationToken cancel = default) =>
            SendAsync(
                "POST", $"/subscriptions/{Subscription}/region/failover",
                new JsonObject { ["unplanned"] = unplanned, ["force"] = force }.ToJsonString(), cancel);

        /// <summary>Waits until the status is as wanted.</summary>
        public async Task UntilAsync(Func<JsonObject, bool> isSo, string what)
        {
            var begun = DateTime.UtcNow;
            var last = "nothing";
            while (DateTime.UtcNow - begun < TimeSpan.FromSeconds(40))
            {
                try
                {
                    var answer = await SendAsync("GET", $"/subscriptions/{Subscription}/region");
                    last = await answer.Content.ReadAsStringAsync();
                    if (answer.IsSuccessStatusCode && isSo(JsonNode.Parse(last)!.AsObject()))
                    {
                        return;
                    }
                }
                catch (HttpRequestException fault)
                {
                    last = fault.Message;
                }

                await Task.Delay(50);
            }

            Assert.Fail($"{name} did not come to '{what}'. Last: {last}\n{string.Join('\n', Logged.TakeLast(30))}");
        }

        /// <summary>Waits until the side takes writes.</summary>
        public async Task UntilServingAsync()
        {
            await UntilAsync(status => $"{status["duty"]}" == "Serving" && IsSettled(status), "serving");
            var begun = DateTime.UtcNow;
            while (!await IsReadyAsync())
            {
                Assert.True(DateTime.UtcNow - begun < TimeSpan.FromSeconds(30), $"{region} is not ready.\n{string.Join('\n', Logged.TakeLast(30))}");
                await Task.Delay(20);
            }
        }

        private static bool IsSettled(JsonObject status) => status["moving"]!.GetValue<bool>() is false;

        private async Task<bool> IsReadyAsync()
        {
            try
            {
                return (await SendAsync("GET", "/readyz")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                // Between the app of the old role and that of the new one.
                return false;
            }
        }

        public Task UntilStandbyAsync() => UntilAsync(
            status => $"{status["duty"]}" == "Standby" && IsSettled(status) && status["copy"]?["whole"]?.GetValue<bool>() == true
                && status["pair"]?["reachable"]?.GetValue<bool>() == true,
            "a standby with a whole copy");

        /// <summary>What the store holds of the state that this side serves or copies; only while it is stopped.</summary>
        public async Task<string> ShowStateAsync()
        {
            await using var store = Open();
            var root = (await RegionSeat.ReadAsync(store, default)).Role!.Root!;
            return await ShowAsync(store, root);
        }

        public SqliteStateStore Open() => SqliteStateStore.Open(
            new() { Path = Path.Combine(Folder, "state.db") }, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteStateStore>.Instance);

        private HttpClient NewClient()
        {
            var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(1) };
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
            var token = AdministratorToken.Create(Folder, TimeProvider.System).Reveal();
            return new(handler) { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        }
    }

    private static async Task<string> ShowAsync(IStateStore store, string root)
    {
        var lines = new StringBuilder();
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(root, after, StateLimits.PageEntriesMax, default);
            foreach (var entry in page.Entries.Where(one => one.LeaseId == 0 && MirrorSource.Goes(one.Key[root.Length..])))
            {
                lines.Append(entry.Key[root.Length..]).Append(' ').Append(Encoding.UTF8.GetString(entry.Value.Span)).Append('\n');
            }

            after = page.Entries.Count > 0 ? page.Entries[^1].Key : after;
        }
        while (page.HasMore);
        return lines.ToString();
    }

    private sealed class ListLoggers(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {eventId.Id} {formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}
