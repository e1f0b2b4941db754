using System.CommandLine;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Server;
using Mover.Server.Keys;
using Mover.Server.Regions;
using Mover.Server.Settings;

namespace Mover.Cli.Host;

/// <summary><c>mover server</c>: one control-plane instance, until it is told to stop.</summary>
internal sealed class ServerCommand
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "Folder for state, certificates and secrets [env: MOVER_DATA].",
        HelpName = "folder",
    };
    private readonly Option<string[]> _urls = new("--urls")
    {
        Description = "Where to listen; https://127.0.0.1:7443 by default. Port 0 picks a free port.",
        HelpName = "url",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string?> _region = new("--region") { Description = "The region to serve; eastus by default." };
    private readonly Option<string?> _zone = new("--zone")
    {
        Description = "The zone of the region that this instance is in: 1, 2, 3, or a short name; 1 by default.",
        HelpName = "zone",
    };
    private readonly Option<string?> _store = new("--store")
    {
        Description = "Where to store state: sqlite, a file in the data folder; or etcd://HOST:PORT,HOST:PORT…, with TLS "
            + "etcds://HOST:PORT…?ca=FILE&cert=FILE&key=FILE.",
        HelpName = "store",
    };
    private readonly Option<string?> _keyRing = new("--key-ring")
    {
        Description = "Keys that encrypt the control plane's identity in its store: a file, env:NAME, or command:PROGRAM. Servers on "
            + "the same store need the same keys; by default, a file in the data folder.",
        HelpName = "keys",
    };
    private readonly Option<string?> _config = new("--config")
    {
        Description = "JSON file with any of data, urls, region, zone, store, keyRing, advertise, pair, pairCa, standby, witness, "
            + "failover, maxLag, issuers, regions, throttling, asyncDialect, corsOrigins, bicep; options take precedence.",
        HelpName = "file",
    };
    private readonly Option<string[]> _advertise = new("--advertise")
    {
        Description = "Where other machines reach the server: a name, an address, or https://HOST:PORT. It is in the certificate and "
            + "advertised to clients; by default, the value of --urls. Repeatable.",
        HelpName = "name|ip|url",
    };
    private readonly Option<string[]> _pair = new("--pair")
    {
        Description = "The paired region and where its servers are: REGION=https://HOST:PORT. Each region keeps a copy of "
            + "the other's state. Repeatable for more addresses.",
        HelpName = "region=url",
    };
    private readonly Option<string?> _pairCa = new("--pair-ca")
    {
        Description = "PEM file with the CA of the pair's certificates (its ca.pem). Required until this region has a copy.",
        HelpName = "file",
    };
    private readonly Option<bool> _standby = new("--standby")
    {
        Description = "With an empty store, become the standby of the pair and copy its state instead of creating a new control plane.",
    };
    private readonly Option<string?> _witness = new("--witness")
    {
        Description = "etcd at a third site that decides which region of the pair serves: etcds://HOST:PORT,HOST:PORT…, as for --store. A "
            + "region that is cut off from it and from its pair stops serving, and its pair takes over. "
            + "Both regions need the same witness.",
        HelpName = "store",
    };
    private readonly Option<string?> _failover = new("--failover")
    {
        Description = "With --witness: automatic (the default) takes over when no region serves according to the witness; manual waits for "
            + "'mover region failover'.",
        HelpName = "automatic|manual",
    };
    private readonly Option<string?> _maxLag = new("--max-lag")
    {
        Description = "Maximum lag of the pair's copy behind acknowledged writes, such as 2s; responses to writes wait for it. 0 "
            + "loses nothing when the region is lost, but accepts no writes without the pair.",
        HelpName = "time",
    };
    private readonly Option<string?> _readyFile = new("--ready-file")
    {
        Description = "File to write the address to when the server is ready; removed when it stops.",
        HelpName = "file",
    };
    private readonly Option<bool> _startEmpty = new("--start-empty")
    {
        Description = "Start with an empty state although a server has served from the folder. Use it once, after the state was lost.",
    };
    private volatile bool _isUp;
    private readonly LogFlags _log = new();

    public static Command Create(Terminal terminal)
    {
        var server = new ServerCommand();
        var command = new Command("server", "Run a control plane. Prints 'ready URL' when it is ready; stops cleanly on SIGTERM.");
        foreach (var option in new Option[] { server._data, server._urls, server._region, server._zone, server._store,
            server._keyRing, server._config, server._advertise, server._pair, server._pairCa, server._standby, server._witness,
            server._failover, server._maxLag, server._readyFile, server._startEmpty })
        {
            command.Add(option);
        }

        server._log.AddTo(command);
        command.SetAction((parsed, cancel) => server.RunAsync(parsed, terminal, cancel));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancel)
    {
        var options = Read(parsed, terminal);
        var readyFile = ReadyFile.At(parsed.GetValue(_readyFile));
        await using var host = await StartAsync(options, terminal, cancel);
        var urls = ServerAddresses.Of(host.Urls[0], options.Advertised);
        LocalServer.Announce(options.DataFolder, urls);
        readyFile.Write(urls);
        terminal.Out.WriteLine($"ready {urls[0]}");
        terminal.Out.Flush();
        Systemd.Ready(terminal, $"Serving at {urls[0]}");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, terminal.Clock, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Told to stop, which is how a server ends.
        }

        Systemd.Stopping(terminal);
        readyFile.Remove();
        LocalServer.Withdraw(options.DataFolder);
        await host.StopAsync(CancellationToken.None);
        return ExitCodes.Ok;
    }

    private async Task<RegionHost> StartAsync(ServerOptions options, Terminal terminal, CancellationToken cancel)
    {
        try
        {
            var host = await RegionHost.StartAsync(
                options, terminal.Clock, what => Systemd.Waiting(terminal, 4 * RegionHost.WaitInterval, what), cancel);
            _isUp = true;
            return host;
        }
        catch (IOException fault) when (fault.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
        {
            throw new CliException(
                ExitCodes.Failed, "AddressInUse", $"{string.Join(", ", options.Urls)} is already in use.",
                "Stop the other program, or use another port in --urls.", fault);
        }
        catch (SocketException fault)
        {
            throw new CliException(
                ExitCodes.Failed, "CannotListen", $"The server cannot listen at {string.Join(", ", options.Urls)}: {fault.Message}.",
                fault.SocketErrorCode == SocketError.AccessDenied
                    ? "Ports below 1024 need CAP_NET_BIND_SERVICE; or use another port in --urls."
                    : "Use an address of this machine in --urls.", fault);
        }
    }

    // Why a start failed is told in two lines; the host would log the same with its stack, and each loop that stops with it.
    private Action<ILoggingBuilder> LoggingOf(ParseResult parsed) => logging =>
    {
        _log.Read(parsed)(logging);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => _isUp && level >= LogLevel.Warning);
    };

    private ServerOptions Read(ParseResult parsed, Terminal terminal)
    {
        var config = ServerConfig.Read(parsed.GetValue(_config));
        var store = parsed.GetValue(_store) ?? config.Store ?? "sqlite";
        var data = parsed.GetValue(_data) ?? config.Data ?? DataFolders.Server(terminal);
        var given = Given(parsed, _urls, config.Urls);
        string[] urls = [.. given.SelectMany(url => url.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries))];
        if (given.Length > 0 && urls.Length == 0)
        {
            throw CliException.Usage(
                $"'{string.Join(' ', given)}' is not a valid address to listen at.", "Use the form https://127.0.0.1:7443.");
        }

        ServerSettings.CheckPaired(
            Given(parsed, _pair, config.Pair).Length > 0, ("--witness", parsed.GetValue(_witness) ?? config.Witness),
            ("--max-lag", parsed.GetValue(_maxLag) ?? config.MaxLag), ("--failover", parsed.GetValue(_failover) ?? config.Failover));
        var regions = ServerSettings.Regions(config);
        var options = new ServerOptions { DataFolder = Path.GetFullPath(data), Logging = LoggingOf(parsed) };
        var region = ServerSettings.RegionIn(regions, parsed.GetValue(_region) ?? config.Region ?? options.Region);
        return options with
        {
            Urls = urls.Length == 0 ? options.Urls : [.. urls.Select(ServerSettings.Url)],
            Region = region,
            Pair = ServerSettings.Pair(
                regions, region, Given(parsed, _pair, config.Pair), parsed.GetValue(_pairCa) ?? config.PairCa,
                parsed.GetValue(_standby) || config.Standby == true),
            Witness = ServerSettings.Witness(parsed.GetValue(_witness) ?? config.Witness),
            IsFailoverAutomatic = ServerSettings.IsAutomatic(parsed.GetValue(_failover) ?? config.Failover),
            MaxLag = ServerSettings.MaxLag(parsed.GetValue(_maxLag) ?? config.MaxLag),
            Regions = regions,
            Advertised = ServerSettings.Advertised(Given(parsed, _advertise, config.Advertise)),
            Store = ServerSettings.Store(store),
            KeyRing = parsed.GetValue(_keyRing) ?? config.KeyRing,
            StartEmpty = parsed.GetValue(_startEmpty),
            Zone = ServerSettings.Zone(parsed.GetValue(_zone) ?? config.Zone ?? options.Zone),
            Issuers = [.. (config.Issuers ?? []).Select(ServerSettings.Issuer)],
            CorsOrigins = [.. (config.CorsOrigins ?? []).Select(ServerSettings.Origin)],
            Bicep = config.Bicep,
            Throttling = ServerSettings.Limits(config) ?? options.Throttling,
            AsyncDialect = config.AsyncDialect ?? options.AsyncDialect,
        };
    }

    private static string[] Given(ParseResult parsed, Option<string[]> flag, string[]? configured) =>
        parsed.GetValue(flag) is { Length: > 0 } given ? given : configured ?? [];
}
