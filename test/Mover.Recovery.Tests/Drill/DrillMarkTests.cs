using Mover.Recovery.Drill;

namespace Mover.Recovery.Tests.Drill;

/// <summary>The tag that says who drills.</summary>
public sealed class DrillMarkTests
{
    private static readonly DateTimeOffset At = new(2026, 12, 1, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var mark = new DrillMark("host-1", At, "/home/a user/drills/running/0a1b2c");

        Assert.Equal(mark, DrillMark.Parse(mark.ToString()));
    }

    [Fact]
    public void A_tag_is_never_longer_than_a_tag_may_be()
    {
        var text = new DrillMark(new string('h', 300), At, "/" + new string('f', 300)).ToString();

        Assert.InRange(text.Length, 1, 256);
        Assert.Equal(At, DrillMark.Parse(text)!.At);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("host 2026-12-01 /drills")]
    [InlineData("host 2026-12-01T05:06:07Z")]
    public void Other_texts_are_no_marks(string? text) => Assert.Null(DrillMark.Parse(text));
}
