using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using Mover.Cli.Conformance;
using Mover.Cli.Connect;
using Mover.Cli.Demo;
using Mover.Cli.Doctor;
using Mover.Cli.Host;
using Mover.Cli.Recovery;
using Mover.Cli.Resources;
using Mover.Cli.Transfers;

namespace Mover.Cli.Frame;

/// <summary>
/// The whole command line. A verb's flags are built only when that verb is named: the other verbs are there by name and sentence alone,
/// so that the program starts fast.
/// </summary>
internal static class MoverApp
{
    private static readonly Verb[] Verbs =
    [
        new("demo", "Start everything on this machine, run a migration, and verify it.", DemoCommand.Create),
        new("server", "Run a control plane.", ServerCommand.Create),
        new("login", "Sign in to a control plane.", LoginCommand.Create),
        new("logout", "Sign out.", LogoutCommand.Create),
        new("administrator", "Show the administrator on the server's host, or replace its secret.", AdministratorCommand.Create),
        new("token", "Print an administrator's bearer token for scripts.", TokenCommand.Create),
        new("state", "Back up, restore, copy and verify the state of a control plane.", StateCommand.Create),
        new("agent", "Run an agent on this machine, and manage agents.", AgentCommand.Create),
        new("machine", "Show the hosts of agents, and delete lost ones.", MachineCommand.Create),
        new("storage-mover", "Manage storage movers.", StorageMoverCommand.Create),
        new("project", "Manage projects, which group job definitions.", ProjectCommand.Create),
        new("endpoint", "Manage storage endpoints: sources and targets of jobs.", EndpointCommand.Create),
        new("connection", "Manage connections to private networks.", ConnectionCommand.Create),
        new("job-definition", "Manage, start and stop jobs.", JobDefinitionCommand.Create),
        new("job-run", "Show job runs, and follow one live.", JobRunCommand.Create),
        new("storage-account", "Register the storage accounts that endpoints use.", StorageAccountCommand.Create),
        new("secret", "Manage secrets in the server's vault.", SecretCommand.Create),
        new("group", "Manage resource groups.", GroupCommand.Create),
        new("identity", "Show and rotate the keys of the control plane.", IdentityCommand.Create),
        new("zone", "Show the instances and zones of the control plane.", ZoneCommand.Create),
        new("region", "Show a region and its pair, and fail over.", RegionCommand.Create),
        new("service-principal", "Manage service principals: "
            + "other administrators and programs that can sign in.", ServicePrincipalCommand.Create),
        new("role-assignment", "Manage role assignments: who can do what, and where.", RoleAssignmentCommand.Create),
        new("role-definition", "Manage role definitions: what a role allows.", RoleDefinitionCommand.Create),
        new("activity-log", "Show which actions were performed or denied.", ActivityLogCommand.Create),
        new("copy", "Copy or mirror files without a control plane.", CopyCommand.Create),
        new("plan", "List the exact actions of a copy without performing them.", PlanCommand.Create),
        new("verify", "Read a target back and compare it with its source or a ledger.", VerifyCommand.Create),
        new("recovery", "Snapshot an estate, deploy it elsewhere, and rehearse the recovery.", RecoveryCommand.Create),
        new("conformance", "Test an ARM endpoint against the contract rules.", ConformanceCommand.Create),
        new("doctor", "Check settings, this machine and the control plane.", DoctorCommand.Create),
    ];

    private const int CommitCharsShown = 12;

    // An argument that starts with @ is what it says, and not the content of a file, which may be a secret.
    private static readonly ParserConfiguration NoResponseFiles = new() { ResponseFileTokenReplacer = null };

    /// <summary>Version and commit as <c>--version</c> prints them: <c>0.1.0+0123456789ab</c>; without a commit the version.</summary>
    public static string Version { get; } = VersionOf(
        typeof(MoverApp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0");

    /// <summary>Runs one command line and answers its exit code; never throws.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancel)
    {
        if (args is ["--version"])
        {
            await terminal.Out.WriteLineAsync(Version);
            return ExitCodes.Ok;
        }

        var debug = new Option<bool>("--debug") { Description = "Show stack traces of failures.", Recursive = true };
        var parsed = CreateRoot(args, terminal, debug).Parse(args, NoResponseFiles);
        if (UsageErrors.Of(parsed) is { Count: > 0 } errors)
        {
            return ReportUsage(parsed, errors, terminal);
        }

        try
        {
            if (parsed.Action is not HelpAction)
            {
                ProxyVariables.Check();
            }

            // Signals are the program's own affair (see Program): they cancel, and commands clean up.
            return await parsed.InvokeAsync(
                new()
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancel);
        }
        catch (Exception fault)
        {
            return Failures.Report(terminal, fault, parsed.GetValue(debug));
        }
    }

    /// <summary>The command tree, complete for the verb that <paramref name="args"/> names and in outline for the others.</summary>
    public static RootCommand CreateRoot(string[] args, Terminal terminal, Option<bool> debug)
    {
        var root = new RootCommand("Mover: a self-hosted storage migration service in the shape of Azure Storage Mover.") { debug };
        var named = Array.Find(args, arg => !arg.StartsWith('-'));
        foreach (var verb in Verbs)
        {
            root.Add(verb.Word == named ? verb.Create(terminal) : new(verb.Word, verb.Sentence));
        }

        return root;
    }

    private static string VersionOf(string informational)
    {
        var end = informational.IndexOf('+', StringComparison.Ordinal) + 1 + CommitCharsShown;
        return end > CommitCharsShown && end < informational.Length ? informational[..end] : informational;
    }

    private static int ReportUsage(ParseResult parsed, List<string> errors, Terminal terminal)
    {
        var path = new List<string>();
        for (var at = parsed.CommandResult; at?.Parent is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
        {
            path.Insert(0, at.Command.Name);
        }

        // After one unknown word every other is unknown too: the first says it all.
        var unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        var first = unknown is null ? null : errors.Find(error => error.Contains($"'{unknown}'", StringComparison.Ordinal));
        foreach (var error in first is null ? errors : [first])
        {
            terminal.Error.WriteLine($"mover: Usage: {error}");
        }

        if (unknown is not null && Suggestions.Find(unknown, parsed.CommandResult.Command) is { } meant)
        {
            terminal.Error.WriteLine($"       Did you mean '{meant}'?");
        }

        terminal.Error.WriteLine($"       See: {string.Join(' ', ["mover", .. path, "--help"])}");
        return ExitCodes.Usage;
    }

    private sealed record Verb(string Word, string Sentence, Func<Terminal, Command> Create);
}
