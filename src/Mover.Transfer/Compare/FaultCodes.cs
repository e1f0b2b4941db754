using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Compare;

/// <summary>Which status code a fault gets when the driver chose none.</summary>
internal static class FaultCodes
{
    /// <summary>A fault that a scan attached to an entry.</summary>
    public static StatusCode OfScan(VolumeFault fault, Side side) => (side, fault.Kind) switch
    {
        // What a driver says of an item that cannot be copied; in a target it is only in the way.
        (Side.Target, _) when fault.Code == StatusCodes.ItemTypeUnsupported => StatusCodes.ItemOther,
        _ when fault.Code is { } code => code,
        (Side.Source, VolumeFaultKind.Permission) => StatusCodes.ItemSourcePermission,
        (Side.Source, _) => StatusCodes.ItemScanFailed,
        _ => StatusCodes.ItemTargetScanFailed,
    };

    /// <summary>A fault while an item was copied.</summary>
    public static StatusCode OfItem(VolumeFault fault, Side side) => fault.Code ?? (side, fault.Kind) switch
    {
        (Side.Source, VolumeFaultKind.Permission) => StatusCodes.ItemSourcePermission,
        (Side.Source, VolumeFaultKind.Timeout) => StatusCodes.ItemSourceTimeout,
        (Side.Source, _) => StatusCodes.ItemSourceIo,
        (Side.Target, VolumeFaultKind.Permission) => StatusCodes.ItemTargetPermission,
        (Side.Target, VolumeFaultKind.Timeout) => StatusCodes.ItemTargetTimeout,
        (Side.Target, VolumeFaultKind.Transport) => StatusCodes.ItemTargetTransport,
        (Side.Target, VolumeFaultKind.Leased) => StatusCodes.ItemTargetLeased,
        (Side.Target, VolumeFaultKind.Unsupported) => StatusCodes.ItemOther,
        _ => StatusCodes.ItemTargetStatus,
    };

    /// <summary>True for a fault of the whole volume that does not pass by itself: every other item would meet it too.</summary>
    public static bool EndsJob(VolumeFault fault) =>
        fault.Kind is VolumeFaultKind.Authentication or VolumeFaultKind.Full || fault.Code is { Number: < 2000 };

    /// <summary>True for a fault that may be the whole volume's and pass: only a probe can tell it from a fault of one item.</summary>
    public static bool MayPass(VolumeFault fault) => !EndsJob(fault) && fault.Kind switch
    {
        VolumeFaultKind.Transport or VolumeFaultKind.Timeout or VolumeFaultKind.Throttled or VolumeFaultKind.Io => true,
        VolumeFaultKind.Status => fault.IsTransient,
        _ => false,
    };

    /// <summary>What to do about a fault that ends the run.</summary>
    public static string AdviceOf(VolumeFault fault) => fault.Kind switch
    {
        VolumeFaultKind.Full => "Free some space at the target and run again; items already there are not copied again.",
        VolumeFaultKind.NotFound => "Check why it is missing, and run again when it is back.",
        VolumeFaultKind.Io => "Check the storage and run again; items already at the target are not copied again.",
        VolumeFaultKind.Permission => "Grant the missing permissions and run again; items already at the target are not copied again.",
        _ => "Fix the credentials or their permissions and run again; items already at the target are not copied again.",
    };

    /// <summary>A side that listed in another order than it promised, where nothing can be started again.</summary>
    public static JobFault OfOrder(OutOfOrderException fault) =>
        new(fault.Side is Side.Source ? StatusCodes.SourceScanError : StatusCodes.TargetOther, fault.Message);

    /// <summary>A fault that ends the run. A driver's own code for it speaks of a target.</summary>
    public static StatusCode OfJob(VolumeFault fault, Side side) =>
        side is Side.Target && fault.Code is { Number: < 2000 } code ? code : (side, fault.Kind) switch
    {
        (_, VolumeFaultKind.Authentication) => StatusCodes.Authentication,
        (Side.Source, VolumeFaultKind.NotFound) => StatusCodes.SourcePathInvalid,
        (Side.Source, VolumeFaultKind.Permission) => StatusCodes.SourcePermission,
        (Side.Source, _) => StatusCodes.SourceScanError,
        (Side.Target, VolumeFaultKind.NotFound) => StatusCodes.TargetPathInvalid,
        (Side.Target, VolumeFaultKind.Permission) => StatusCodes.TargetPermission,
        _ => StatusCodes.TargetOther,
    };
}
