using Mover.Agent;
using Mover.Client.Arm;
using Mover.Files;
using Mover.Recovery;
using Mover.Server.DataFolders;
using Mover.State;
using Mover.Transfer;
using Mover.Transfer.Contract;

namespace Mover.Cli.Frame;

/// <summary>Turns what went wrong into one or two lines on stderr and an exit code.</summary>
internal static class Failures
{
    public static int Report(Terminal terminal, Exception fault, bool debug)
    {
        var (exitCode, line, remedy) = Describe(fault);
        terminal.Error.WriteLine($"mover: {OneLine(line)}");
        if (remedy is not null)
        {
            terminal.Error.WriteLine($"       {OneLine(remedy)}");
        }

        if (debug)
        {
            terminal.Error.WriteLine(fault.ToString());
        }

        return exitCode;
    }

    private static (int ExitCode, string Line, string? Remedy) Describe(Exception fault) => fault switch
    {
        CliException known => (known.ExitCode, $"{known.Code}: {known.Message}", known.Remedy),
        ArmException refused => DescribeRefusal(refused),
        RecoveryException step => (ExitCodeOf(step), $"{step.Code}: {step.Message}", step.Advice),
        UnreachableServerException { IsNameMismatch: true } lost => (
            ExitCodes.Unreachable, $"NameMismatch: {lost.Message}.",
            "Start the server with --advertise and the name or address you use, or use a name in its certificate."),
        UnreachableServerException { IsUntrusted: true } lost => (
            ExitCodes.Unreachable, $"UntrustedServer: {lost.Address} has an untrusted certificate.",
            "Specify the control plane's CA with --ca FILE (DIR/tls/ca.pem of the server), or use --data DIR on the server's machine."),
        UnreachableServerException lost => (ExitCodes.Unreachable, $"Unreachable: {lost.Message}",
            lost.NeverSent
                ? "Check that the server is running; `mover doctor` shows details."
                : "The outcome is unknown; read the resource before you retry."),
        VolumeException { Fault: var own } => (ExitCodeOf(own), $"{own.Kind}: {own.Message}", own.Advice ?? RemedyOf(own)),
        TransferFaultException job => (ExitCodes.Incomplete, $"{job.Fault.Code}: {job.Fault.Message}", null),
        StateException state => (ExitCodes.NotReady, $"State{state.Fault}: {state.Message}", null),
        DataFolderException folder => (ExitCodes.NotReady, $"DataFolder: {folder.Message}", null),
        PrivateFolderException folder => (ExitCodes.NotReady, $"UnsafeFolder: {folder.Message}", folder.Remedy),
        AgentFolderException agent => (ExitCodes.NotReady, $"AgentFolder: {agent.Message}", null),
        FormatException format => (ExitCodes.Usage, $"Usage: {format.Message}", null),
        OperationCanceledException => (ExitCodes.Canceled, "Canceled.", null),
        UnauthorizedAccessException denied => (ExitCodes.Failed, $"AccessDenied: {denied.Message}", null),
        IOException io => (ExitCodes.Failed, $"InputOutput: {io.Message}", null),
        _ => (
            ExitCodes.Failed, $"Unexpected: {fault.Message}",
            "This is a bug. Run again with --debug and report the output."),
    };

    private static (int ExitCode, string Line, string? Remedy) DescribeRefusal(ArmException refused)
    {
        var error = refused.Error;
        var details = error.Details is { Count: > 0 }
            ? " " + string.Join(' ', error.Causes.Select(d => $"[{d.Code}] {d.Message}"))
            : string.Empty;
        var remedy = error.Status switch
        {
            401 => "The token is missing, expired, from another server, or from a replaced secret. Sign in again with `mover login`, "
                + "or get one with `mover token --data DIR`.",
            429 or 503 => error.RetryAfter is { } wait ? $"Retry in {wait.TotalSeconds:F0} s." : "Retry later.",
            >= 500 => $"The server failed; see its log under correlation id {refused.CorrelationId}.",
            _ => null,
        };
        var exitCode = error.Status switch
        {
            404 => ExitCodes.NotFound, 503 => ExitCodes.Unreachable, >= 500 => ExitCodes.Failed, _ => ExitCodes.Refused,
        };
        return (exitCode, $"{error.Code}: {error.Message}{details}", remedy);
    }

    private static int ExitCodeOf(RecoveryException step) => step.Code switch
    {
        "SnapshotNotFound" or "StorageMoverNotFound" or "NothingToTake" or "NotFound" or "PlanNotFound"
            or "TemplateNotFound" or "RulesNotFound" or "StandbyMissing" => ExitCodes.NotFound,
        "GitMissing" or "PlanNotReady" or "PlanStale" or "AgentOffline" or "AgentMissing" or "NoAgentForJob"
            or "StandbyActive" or "TooManyDeletions" => ExitCodes.NotReady,
        "StandbyBehind" => ExitCodes.Differs,
        "PathNotUsable" or "RulesInvalid" or "TemplateInvalid" or "ParametersMissing" or "RegionUnknown" => ExitCodes.Usage,
        "RightsMissing" or "DestinationRefuses" or InterruptedStep.SignIn or InterruptedStep.Throttled => ExitCodes.Refused,
        InterruptedStep.Away => ExitCodes.Unreachable,
        _ => ExitCodes.Failed,
    };

    private static int ExitCodeOf(VolumeFault fault) => fault.Kind switch
    {
        VolumeFaultKind.NotFound => ExitCodes.NotFound,
        VolumeFaultKind.Permission or VolumeFaultKind.Authentication or VolumeFaultKind.Unsupported => ExitCodes.Refused,
        VolumeFaultKind.Transport or VolumeFaultKind.Timeout or VolumeFaultKind.Throttled => ExitCodes.Unreachable,
        _ => ExitCodes.Failed,
    };

    private static string? RemedyOf(VolumeFault fault) => fault.Kind switch
    {
        VolumeFaultKind.Permission => "Check the permissions of the path, or of the SAS or key.",
        VolumeFaultKind.Authentication => "Provide a SAS (MOVER_SAS or --sas-file) or an account key (MOVER_ACCOUNT_KEY or --key-file).",
        VolumeFaultKind.NotFound => "Check the path; the target container must exist.",
        _ => null,
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
