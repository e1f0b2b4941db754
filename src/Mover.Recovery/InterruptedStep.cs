using System.Globalization;
using Mover.Client.Arm;
using Mover.Core.Arm;

namespace Mover.Recovery;

/// <summary>
/// What comes between a step of a recovery and its end: a right that is missing, a sign-in that expired, a control plane that throttles,
/// fails or does not answer. It is told with how far the step is; the same command goes on there.
/// </summary>
public static class InterruptedStep
{
    /// <summary>The caller may not do it.</summary>
    public const string Rights = "RightsMissing";

    /// <summary>The caller's token does not count (any more).</summary>
    public const string SignIn = "NotSignedIn";

    /// <summary>The control plane takes no more requests at the moment.</summary>
    public const string Throttled = "Throttled";

    /// <summary>The control plane fails or does not answer.</summary>
    public const string Away = "ControlPlaneAway";

    private const string Again = "then run the same command again; it continues where it stopped.";

    /// <summary>Runs a step, or a part of one.</summary>
    /// <param name="step">What is interrupted, such as <c>The assignment</c>.</param>
    /// <param name="soFar">How far it is, as a sentence; asked when it is interrupted.</param>
    /// <param name="run">The step.</param>
    /// <exception cref="RecoveryException">One of the four codes of this class, or what <paramref name="run"/> throws.</exception>
    public static async Task<T> GuardAsync<T>(string step, Func<string> soFar, Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception fault) when (Describe(fault) is not null)
        {
            throw Of(step, soFar(), fault);
        }
    }

    /// <summary>Whether an answer refuses one thing for good: that interrupts nothing, and holds nothing else up.</summary>
    internal static bool IsRefusal(ArmError error) => error.Status is >= 400 and < 500 and not (401 or 408 or 429);

    /// <summary>Whether a fault is one of these.</summary>
    internal static bool IsOne(Exception fault) => Describe(fault) is not null;

    /// <summary>The fault as a person needs it.</summary>
    internal static RecoveryException Of(string step, string soFar, Exception fault)
    {
        var (code, cause, advice) = Describe(fault) ?? throw new ArgumentException("This fault does not interrupt a step.", nameof(fault));
        return new(code, $"{step} was interrupted: {cause.TrimEnd('.')}. {soFar}", $"{advice}, {Again}", fault);
    }

    // A certificate that is not trusted interrupts nothing: it has an advice of its own, and waiting does not help.
    private static (string Code, string Cause, string Advice)? Describe(Exception fault) => fault switch
    {
        UnreachableServerException { IsUntrusted: false, IsNameMismatch: false } lost =>
            (Away, lost.Message, "Wait until it responds (mover doctor shows details)"),
        ArmException { Error: { Status: 401 } error } => (SignIn, error.Message, "Sign in again (mover login)"),
        ArmException { Error: { Status: 403 } error } => (
            Rights, $"{error.Code}: {error.Message}",
            "Get a role that allows it (mover role-assignment create), or sign in as someone who has one"),
        ArmException { Error: { Status: 429 } error } => (
            Throttled, $"the control plane is throttling requests ({error.Code}: {error.Message.TrimEnd('.')})",
            error.RetryAfter is { } wait
                ? string.Create(CultureInfo.InvariantCulture, $"Wait {Math.Ceiling(wait.TotalSeconds)} s")
                : "Wait a few minutes"),
        ArmException { Error: { Status: 408 or >= 500 } error } => (
            Away, $"the control plane failed ({error.Code}: {error.Message.TrimEnd('.')})",
            "Wait until it works again (mover doctor shows details)"),
        _ => null,
    };
}
