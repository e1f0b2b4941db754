using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Core.Regions;
using Mover.Server;
using Mover.Server.Throttling;

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
        Description = "Where to listen; https://127.0.0.1:7443 when left out. Port 0 takes a free one.",
        HelpName = "url",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string?> _region = new("--region") { Description = "The region that is served; eastus when left out." };
    private readonly Option<string?> _zone = new("--zone")
    {
        Description = "The zone of the region that this instance is in; 1 when left out.",
    };
    private readonly Option<string?> _store = new("--store") { Description = "Where state is kept: sqlite, a file in the data folder." };
    private readonly Option<string?> _config = new("--config")
    {
        Description = "JSON file with any of data, urls, region, zone, store, issuers, regions, throttling, asyncDialect; flags win.",
        HelpName = "file",
    };
    private readonly Option<bool> _startEmpty = new("--start-empty")
    {
        Description = "Start with an empty state although a server has served from the folder. Give it once, after its state was lost.",
    };
    private readonly LogFlags _log = new();

    public static Command Create(Terminal terminal)
    {
        var server = new ServerCommand();
        var command = new Command("server", "Run a control plane. Prints 'ready URL' when it serves; stops cleanly on SIGTERM.");
        foreach (var option in new Option[] { server._data, server._urls, server._region, server._zone, server._store, server._config,
            server._startEmpty })
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
        await using var app = ServerApp.Create(options, terminal.Clock);
        await StartAsync(app, options, cancel);
        var url = app.Urls.First();
        LocalServer.Announce(options.DataFolder, url);
        terminal.Out.WriteLine($"ready {url}");
        terminal.Out.Flush();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, terminal.Clock, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Told to stop, which is how a server ends.
        }

        LocalServer.Withdraw(options.DataFolder);
        await app.StopAsync(CancellationToken.None);
        return ExitCodes.Ok;
    }

    private static async Task StartAsync(WebApplication app, ServerOptions options, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException fault) when (fault.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
        {
            throw new CliException(
                ExitCodes.Failed, "AddressInUse", $"{string.Join(", ", options.Urls)} is in use.",
                "Stop what listens there, or give --urls another port.", fault);
        }
        catch (SocketException fault)
        {
            throw new CliException(
                ExitCodes.Failed, "CannotListen", $"The server cannot listen at {string.Join(", ", options.Urls)}: {fault.Message}.",
                fault.SocketErrorCode == SocketError.AccessDenied
                    ? "Ports below 1024 need CAP_NET_BIND_SERVICE; or give --urls another port."
                    : "Give --urls an address of this machine.", fault);
        }
    }

    private ServerOptions Read(ParseResult parsed, Terminal terminal)
    {
        var config = ServerConfig.Read(parsed.GetValue(_config));
        var store = parsed.GetValue(_store) ?? config.Store ?? "sqlite";
        if (store != "sqlite")
        {
            throw CliException.Usage($"The store '{store}' is not known.", "Known: sqlite.");
        }

        var data = parsed.GetValue(_data) ?? config.Data ?? DataFolders.Server(terminal);
        var urls = parsed.GetValue(_urls) is { Length: > 0 } given ? given : config.Urls;
        var regions = Regions(config);
        var options = new ServerOptions { DataFolder = Path.GetFullPath(data), Logging = _log.Read(parsed) };
        return options with
        {
            Urls = urls is null
                ? options.Urls
                : [.. urls.SelectMany(u => u.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries)).Select(Checked)],
            Region = RegionIn(regions, parsed.GetValue(_region) ?? config.Region ?? options.Region),
            Regions = regions,
            StartEmpty = parsed.GetValue(_startEmpty),
            Zone = parsed.GetValue(_zone) ?? config.Zone ?? options.Zone,
            Issuers = [.. (config.Issuers ?? []).Select(Checked)],
            Throttling = Limits(config) ?? options.Throttling,
            AsyncDialect = config.AsyncDialect ?? options.AsyncDialect,
        };
    }

    private static RegionCatalogue Regions(ServerConfig config)
    {
        try
        {
            return config.Regions is { } own ? RegionCatalogue.Azure.With(own) : RegionCatalogue.Azure;
        }
        catch (ArgumentException wrong)
        {
            throw CliException.Usage(wrong.Message, "See 'regions' in the configuration.");
        }
    }

    private static ThrottleLimits? Limits(ServerConfig config)
    {
        try
        {
            config.Throttling?.Limits.Check();
            return config.Throttling?.Limits;
        }
        catch (InvalidOperationException wrong)
        {
            throw CliException.Usage(wrong.Message, "See 'throttling' in the configuration.");
        }
    }

    private static string RegionIn(RegionCatalogue regions, string name) => regions.Find(name)?.Name
        ?? throw CliException.Usage($"The region '{name}' is not known.", "Add it to 'regions' in the configuration.");

    private static ExternalIssuer Checked(IssuerConfig? issuer) =>
        issuer is { Issuer: not null, Audience.Length: > 0 }
        && Uri.TryCreate(issuer.Issuer, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? new(issuer.Issuer, issuer.Audience)
            : throw CliException.Usage(
                $"The issuer '{issuer?.Issuer}' of the configuration has no https address (http on loopback only) or no audience.");

    private static string Checked(string url) =>
        !url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            ? throw CliException.Usage($"'{url}' is not https; the control plane serves nothing else.")
            : IsListenAddress(url) ? url
            : throw CliException.Usage(
                $"'{url}' is not an address to listen at.", "It is https://HOST:PORT with a port from 0 to 65535 and no path.");

    // '*' and '+' stand for every address of this machine; a URL cannot hold them.
    private static bool IsListenAddress(string url) =>
        Uri.TryCreate(url.Replace("//*", "//any", StringComparison.Ordinal).Replace("//+", "//any", StringComparison.Ordinal),
            UriKind.Absolute, out var parsed)
        && parsed.AbsolutePath == "/" && parsed.Query.Length == 0 && parsed.Fragment.Length == 0 && parsed.UserInfo.Length == 0;
}
