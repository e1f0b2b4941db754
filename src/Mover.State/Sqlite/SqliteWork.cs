namespace Mover.State.Sqlite;

/// <summary>A piece of work for the writer, and the one who waits for it.</summary>
internal abstract class SqliteWork
{
    private const int Waiting = 0;
    private const int Claimed = 1;
    private const int Cancelled = 2;

    // Moves once, from waiting to claimed or cancelled: whoever comes first decides.
    private int _state = Waiting;

    /// <summary>Takes the work for writing; false when its caller has cancelled it.</summary>
    public bool TryClaim() => Interlocked.CompareExchange(ref _state, Claimed, Waiting) == Waiting;

    /// <summary>Does the work inside the open transaction; may be repeated after an undo.</summary>
    public abstract void Apply(SqliteWriting writing);

    /// <summary>Answers the caller: the work is durable.</summary>
    public abstract void Complete();

    /// <summary>Fails the caller.</summary>
    public abstract void Fail(Exception fault);

    /// <summary>Cancels the work if the writer has not taken it.</summary>
    public void TryCancel(CancellationToken cancel)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            Cancel(cancel);
        }
    }

    protected abstract void Cancel(CancellationToken cancel);
}

/// <summary>Work with an answer.</summary>
internal sealed class SqliteWork<T>(Func<SqliteWriting, T> work) : SqliteWork
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _complete;

    /// <summary>Waits until the work is durable, or failed, or cancelled before it began.</summary>
    public Task<T> WaitAsync() => _answer.Task;

    public override void Apply(SqliteWriting writing)
    {
        var result = work(writing);
        _complete = () => _answer.SetResult(result);
    }

    public override void Complete() => _complete?.Invoke();

    public override void Fail(Exception fault) => _answer.SetException(fault);

    protected override void Cancel(CancellationToken cancel) => _answer.TrySetCanceled(cancel);
}
