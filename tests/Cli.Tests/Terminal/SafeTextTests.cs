using Cavra.Actors.Cli.Terminal;
using FsCheck;
using FsCheck.Fluent;

namespace Cavra.Actors.Cli.Tests.Terminal;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("größe ✓ 日本 😀", "größe ✓ 日本 😀")]
    [InlineData("\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m")]
    [InlineData("\u001b]0;title\u0007", "\\x1b]0;title\\x07")]
    [InlineData("ok\rFAILED", "ok\\rFAILED")]
    [InlineData("a\u202eb\u2066c", "a\\u202eb\\u2066c")]
    [InlineData("zero\u200bwidth", "zero\\u200bwidth")]
    [InlineData("c1\u009b31m", "c1\\x9b31m")]
    [InlineData("one\ntwo\tthree", "one\\ntwo\\tthree")]
    [InlineData("\U000e0041tag", "\\U000e0041tag")]
    public void E05_TextFromElsewhere_OnOneLine_IsShownEscaped(string text, string shown) => SafeText.Line(text).ShouldBe(shown);

    [Fact]
    public void E05_HalfASurrogatePair_IsShownEscaped() => SafeText.Line("half \ud83d pair").ShouldBe("half \\ud83d pair");

    [Fact]
    public void E05_Block_KeepsLinesAndTabs_AndNothingElse() => SafeText.Block("a\n\tb\r\u001b[2J").ShouldBe("a\n\tb\\r\\x1b[2J");

    [Fact]
    public void E05_AnyText_ShowsNoControlCharacter() => Prop.ForAll(
        ArbMap.Default.ArbFor<string?>(),
        text => !SafeText.Line(text).Any(c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format)).QuickCheckThrowOnFailure();
}
