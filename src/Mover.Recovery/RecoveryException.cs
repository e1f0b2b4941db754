namespace Mover.Recovery;

/// <summary>A step of a recovery cannot be done as asked: what is wrong, where, and what helps.</summary>
/// <param name="code">A stable word for scripts, such as <c>SnapshotDamaged</c>.</param>
/// <param name="message">What is wrong, and where.</param>
/// <param name="advice">What to do.</param>
/// <param name="inner">The cause, if any.</param>
public sealed class RecoveryException(string code, string message, string advice, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable word for scripts.</summary>
    public string Code { get; } = code;

    /// <summary>What to do.</summary>
    public string Advice { get; } = advice;
}
