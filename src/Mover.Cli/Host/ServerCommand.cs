using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Core.Regions;
using Mover.Server;

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
    private readonly LogFlags _log = new();

    public static Command Create(Terminal terminal)
    {
        var server = new ServerCommand();
        var command = new Command("server", "Run a control plane. Prints 'ready URL' when it serves; stops cleanly on SIGTERM.");
        foreach (var option in new Option[] { server._data, server._urls, server._region, server._zone, server._store, server._config })
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
            Zone = parsed.GetValue(_zone) ?? config.Zone ?? options.Zone,
            Issuers = [.. (config.Issuers ?? []).Select(Checked)],
            Throttling = config.Throttling?.Limits ?? options.Throttling,
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

    private static string RegionIn(RegionCatalogue regions, string name) => regions.Find(name)?.Name
        ?? throw CliException.Usage($"The region '{name}' is not known.", "Add it to 'regions' in the configuration.");

    private static ExternalIssuer Checked(IssuerConfig issuer) =>
        issuer.Audience.Length > 0
        && Uri.TryCreate(issuer.Issuer, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? new(issuer.Issuer, issuer.Audience)
            : throw CliException.Usage(
                $"The issuer '{issuer.Issuer}' is not one: it has an https address (http on loopback only) and an audience.");

    private static string Checked(string url) => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        ? url
        : throw CliException.Usage($"'{url}' is not https; the control plane serves nothing else.");
}
