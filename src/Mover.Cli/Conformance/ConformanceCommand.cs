using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client.Arm;
using Mover.Conformance;
using Mover.Conformance.Contract;

namespace Mover.Cli.Conformance;

/// <summary><c>mover conformance</c>: holds an ARM endpoint to the rules of the contract. Makes resources, and takes them away.</summary>
internal static class ConformanceCommand
{
    private const string All = "all";
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);

    public static Command Create(Terminal terminal)
    {
        var connection = new ConnectionFlags("--data", "--endpoint");
        var group = new Option<string?>("--resource-group", "-g")
        {
            Description = "Resource group to work in; by default, one is created and deleted.",
            HelpName = "name",
        };
        var location = new Option<string>("--location", "-l")
        {
            Description = "Region in which to create resources.", DefaultValueFactory = _ => "eastus", HelpName = "region",
        };
        var versions = new Option<string>("--api-version")
        {
            Description = "Api-version to test, "
                + "or several separated by commas, or all.", DefaultValueFactory = _ => All, HelpName = "version",
        };
        var rules = new Option<string?>("--rules")
        {
            Description = "Rules to test, separated by commas, such as ARM-PUT-003,ARM-ETAG; all by default.", HelpName = "list",
        };
        var output = ConformanceWriter.CreateFlag();
        var report = new Option<string?>("--report")
        {
            Description = "File to write the full report to, as JSON.", HelpName = "file",
        };
        var list = new Option<bool>("--list") { Description = "List the checks without sending any requests." };
        var command = new Command(
            "conformance",
            "Test an ARM endpoint against the contract rules and the API definitions. Exit code 7 when a rule is violated.")
        {
            group, location, versions, rules, output, report, list,
        };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var asked = new ConformanceOptions
            {
                Group = parsed.GetValue(group),
                Location = parsed.GetRequiredValue(location),
                Versions = VersionsOf(parsed.GetRequiredValue(versions)),
                Rules = Listed(parsed.GetValue(rules)),
            };
            var writer = new ConformanceWriter(terminal, parsed.GetRequiredValue(output));
            if (parsed.GetValue(list))
            {
                writer.WriteNames(ConformanceSuite.Names(asked.Versions, asked.Rules));
                return ExitCodes.Ok;
            }

            var found = await RunAsync(connection.Resolve(parsed, terminal), asked, writer, terminal, cancel);
            writer.Write(found, parsed.GetValue(report));
            return found.Holds ? ExitCodes.Ok : ExitCodes.Differs;
        });
        return command;
    }

    private static async Task<SuiteReport> RunAsync(
        ConnectionSettings settings, ConformanceOptions asked, ConformanceWriter writer, Terminal terminal, CancellationToken cancel)
    {
        // The suite must see what comes: no decompression, no redirects, no retries of a client library.
        using var handler = ArmTransport.CreateHandler(settings.ReadAuthorities());
        using var client = new HttpClient(handler) { BaseAddress = settings.Address, Timeout = RequestTimeout };
        var token = await settings.Token(false, cancel);
        try
        {
            return await new ConformanceSuite(client, token, terminal.Clock).RunAsync(
                asked with { Subscription = settings.Subscription, Progress = writer.Progress }, cancel);
        }
        catch (ConformanceException fault)
        {
            throw new CliException(ExitCodes.Refused, "CannotBegin", fault.Message);
        }
        catch (HttpRequestException fault)
        {
            throw new CliException(ExitCodes.Unreachable, "Unreachable", fault.Message, "Check --endpoint and --ca.", fault);
        }
    }

    private static string[] VersionsOf(string given)
    {
        if (given.Equals(All, StringComparison.OrdinalIgnoreCase))
        {
            return [];
        }

        var versions = Listed(given);
        return versions.FirstOrDefault(v => ApiDefinitions.Of(v) is null) is { } unknown
            ? throw CliException.Usage($"Unknown api-version '{unknown}'.", "Supported versions: "
                + $"{string.Join(", ", ApiDefinitions.Versions)}.")
            : versions;
    }

    private static string[] Listed(string? text) =>
        text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
