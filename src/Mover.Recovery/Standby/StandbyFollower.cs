namespace Mover.Recovery.Standby;

/// <summary>
/// Keeps a standby in step after each snapshot. What fails is told and tried again after the next one; an activated standby ends it.
/// </summary>
/// <param name="sync">Compares and repairs once; null when nothing differed.</param>
/// <param name="say">Gets a line for each repair and each failure.</param>
public sealed class StandbyFollower(Func<CancellationToken, Task<StandbyRepair?>> sync, Action<string> say)
{
    private bool _isActive;
    private bool _isFailing;

    /// <summary>Follows a snapshot that was just taken.</summary>
    public async Task FollowAsync(CancellationToken cancel)
    {
        if (_isActive)
        {
            return;
        }

        try
        {
            var repair = await sync(cancel);
            if (repair is not null)
            {
                say($"standby: in step again, {repair.Written} resources written, {repair.Deleted.Count} deleted");
            }
            else if (_isFailing)
            {
                say("standby: in step");
            }

            _isFailing = false;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (RecoveryException active) when (active.Code == "StandbyActive")
        {
            _isActive = true;
            say($"standby: {active.Message} No longer keeping it in step.");
        }
        catch (Exception fault)
        {
            _isFailing = true;
            var what = fault is RecoveryException known ? $"{known.Code}: {known.Message} {known.Advice}" : fault.Message;
            say($"standby: NOT in step: {what} Retrying after the next snapshot.");
        }
    }
}
