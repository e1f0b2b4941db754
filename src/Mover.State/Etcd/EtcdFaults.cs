using Grpc.Core;

namespace Mover.State.Etcd;

/// <summary>What a call that failed tells about the request.</summary>
internal enum CallFault
{
    /// <summary>It was certainly not carried out, and another member may do it.</summary>
    NotDone,

    /// <summary>It may have been carried out, or may still be.</summary>
    Unanswered,

    /// <summary>etcd says no; every member would.</summary>
    Refused,
}

/// <summary>etcd's faults in the contract's words.</summary>
internal static class EtcdFaults
{
    // What etcd answers before it proposes a request to the others.
    private static readonly string[] NotProposed =
    [
        "etcdserver: no leader", "etcdserver: not leader", "etcdserver: too many requests", "etcdserver: not capable",
        "etcdserver: rpc not supported for learner", "raft proposal dropped",
    ];

    /// <summary>What the fault says about the request.</summary>
    public static CallFault Kind(RpcException fault)
    {
        if (IsUnsent(fault) || Array.Exists(NotProposed, text => Says(fault, text)))
        {
            return CallFault.NotDone;
        }

        return fault.StatusCode switch
        {
            StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled => CallFault.Unanswered,
            StatusCode.Internal or StatusCode.Unknown or StatusCode.Aborted => CallFault.Unanswered,
            _ => CallFault.Refused,
        };
    }

    /// <summary>The lease that a request names is not there.</summary>
    public static bool IsLeaseGone(StateException fault) =>
        fault.InnerException is RpcException cause && Says(cause, "requested lease not found");

    /// <summary>The revision that a request names was compacted.</summary>
    public static bool IsCompacted(StateException fault) => fault.InnerException is RpcException cause && Says(cause, "has been compacted");

    /// <summary>The answer is larger than what is taken at once.</summary>
    public static bool IsAnswerTooLarge(StateException fault) =>
        fault.InnerException is RpcException cause && Says(cause, "Received message exceeds the maximum configured message size");

    /// <summary>A refusal, saying what to do.</summary>
    public static StateException Refused(Uri endpoint, RpcException cause)
    {
        var said = $"({cause.Status.Detail})";
        if (Says(cause, "database space exceeded"))
        {
            return new(
                StateFault.Full,
                $"The etcd at {endpoint} is full {said}; nothing was written. Free space or raise --quota-backend-bytes, defragment each " +
                "member, then run 'etcdctl alarm disarm'; see docs/etcd.md.",
                cause);
        }

        if (Says(cause, "request is too large") || Says(cause, "larger than max") || Says(cause, "too many operations"))
        {
            return new(
                StateFault.LimitExceeded,
                $"The etcd at {endpoint} does not accept requests as large as Mover sends {said}; nothing was written. "
                    + "Start every member with " +
                "--max-request-bytes=1572864 and --max-txn-ops=128, which are the defaults, or higher.",
                cause);
        }

        if (cause.StatusCode is StatusCode.PermissionDenied or StatusCode.Unauthenticated || Says(cause, "user name is empty"))
        {
            return Unavailable(
                $"The etcd at {endpoint} requires a user {said}. Use client certificates instead and disable etcd's "
                    + "authentication.", cause);
        }

        return cause.StatusCode is StatusCode.Unimplemented
            ? Unavailable($"The server at {endpoint} is not etcd {said}. Check the address and the port.", cause)
            : Unavailable($"The etcd at {endpoint} rejected a request {said}. See that member's log.", cause);
    }

    /// <summary>Nobody answered for as long as it was waited.</summary>
    public static StateException NobodyAnswered(IReadOnlyCollection<string> reasons, Exception? cause) => Unavailable(
        $"No etcd member is available: {string.Join("; ", reasons)}. Check that most members run and are reachable from this host.", cause);

    /// <summary>A commit was sent and not answered.</summary>
    public static StateException Unknown(Uri endpoint, RpcException cause) => new(
        StateFault.OutcomeUnknown,
        $"The etcd at {endpoint} did not confirm whether a commit was applied ({Reason(cause)}). Read again before you retry.",
        cause);

    /// <summary>The watch's start is older than what is kept.</summary>
    public static StateException HistoryGone(long after, string why) => new(
        StateFault.HistoryGone, $"The changes after revision {after} are no longer available: {why}. List again and watch from there.");

    /// <summary>A fault that leaves nothing written and nothing to read.</summary>
    public static StateException Unavailable(string message, Exception? inner = null) => new(StateFault.Unavailable, message, inner);

    /// <summary>The store has been disposed of.</summary>
    public static StateException Closed(Exception? inner = null) => Unavailable("The state store over etcd is closed.", inner);

    /// <summary>The fault in a few words.</summary>
    public static string Reason(RpcException fault)
    {
        if (Causes(fault).LastOrDefault() is { } root and not OperationCanceledException)
        {
            return root.Message;
        }

        return fault.StatusCode is StatusCode.Cancelled ? "no response in time" : fault.Status.Detail;
    }

    private static bool Says(RpcException fault, string text) => fault.Status.Detail.Contains(text, StringComparison.Ordinal);

    // No connection came about, so nothing went over it.
    private static bool IsUnsent(RpcException fault) => Causes(fault).OfType<HttpRequestException>().Any(cause =>
        cause.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError);

    private static IEnumerable<Exception> Causes(RpcException fault)
    {
        var cause = fault.Status.DebugException;
        while (cause is not null)
        {
            yield return cause;
            cause = cause.InnerException;
        }
    }
}
