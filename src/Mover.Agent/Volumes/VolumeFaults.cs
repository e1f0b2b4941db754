using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Transfer;
using Mover.Transfer.Contract;

namespace Mover.Agent;

/// <summary>Faults of a whole volume, in Storage Mover's codes for jobs. Pure.</summary>
public static class VolumeFaults
{
    /// <summary>The job's fault when a volume cannot be opened.</summary>
    public static JobFault OfOpening(VolumeFault fault, OpenRequest request) =>
        new(fault.Code ?? (request.Side == RunSide.Source ? OfSource(fault.Kind) : OfTarget(fault.Kind)),
            $"{fault.Message} {fault.Advice ?? CreateLine(fault.Kind, request) ?? Advice(fault.Kind, request.Side)}");

    // A target's subpath need not be there, so what is missing is the container.
    private static string? CreateLine(VolumeFaultKind kind, OpenRequest request) =>
        kind is VolumeFaultKind.NotFound && request is { Side: RunSide.Target, Endpoint.BlobContainerName: { } container }
        && ResourceId.TryParse(request.Endpoint.StorageAccountResourceId, out var account)
            ? $"The container must exist. Check its name, or create it: mover storage-account create-container -g {account.ResourceGroup} "
                + $"-n {account.Name} --container-name {container} --key-file FILE"
            : null;

    private static StatusCode OfSource(VolumeFaultKind kind) => kind switch
    {
        VolumeFaultKind.NotFound => StatusCodes.SourcePathInvalid,
        VolumeFaultKind.Permission => StatusCodes.SourcePermission,
        VolumeFaultKind.Authentication => StatusCodes.Authentication,
        VolumeFaultKind.Transport or VolumeFaultKind.Timeout => StatusCodes.SourceMountFailed,
        _ => StatusCodes.SourceOther,
    };

    private static StatusCode OfTarget(VolumeFaultKind kind) => kind switch
    {
        VolumeFaultKind.NotFound => StatusCodes.TargetPathInvalid,
        VolumeFaultKind.Permission => StatusCodes.TargetPermission,
        VolumeFaultKind.Authentication => StatusCodes.TargetAuthorization,
        VolumeFaultKind.Leased => StatusCodes.TargetBusy,
        VolumeFaultKind.Unsupported => StatusCodes.TargetTypeUnsupported,
        _ => StatusCodes.TargetOther,
    };

    private static string Advice(VolumeFaultKind kind, RunSide side) => (kind, side) switch
    {
        (VolumeFaultKind.NotFound, RunSide.Source) => "Check the export and the job's source subpath.",
        (VolumeFaultKind.NotFound, _) => "Create the container, or check its name and the job's target subpath.",
        (VolumeFaultKind.Permission, RunSide.Source) => "Give the agent's host and user read access to the source.",
        (VolumeFaultKind.Permission or VolumeFaultKind.Authentication, _) =>
            "Assign the agent's identity the data role on the target, or set the account's key.",
        (VolumeFaultKind.Transport or VolumeFaultKind.Timeout, _) => "Check the network from the agent's host, then start the job again.",
        _ => "Fix that, then start the job again.",
    };
}
