// Keeps one item that cannot be drawn from taking the page with it.

import { Component, type ComponentChildren } from "preact";

export class ErrorBoundary extends Component<{ title: string; children: ComponentChildren }, { message: string | null }> {
  state = { message: null };

  static getDerivedStateFromError(error: unknown): { message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  componentDidCatch(error: unknown): void {
    console.error(`"${this.props.title}" cannot be drawn:`, error);
  }

  render() {
    if (this.state.message === null) return this.props.children;
    return (
      <p class="empty" role="alert">
        “{this.props.title}” cannot be drawn: {this.state.message}
      </p>
    );
  }
}
